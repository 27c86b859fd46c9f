import { idOf } from '../../org/ids.ts';
import type { Org } from '../../org/org.ts';
import { notFound } from '../http/api-error.ts';
import type { BulkQueryRequest } from './create-request.ts';
import { QueryJob } from './query-job.ts';

const DAY = 86_400_000;

/** The org's Bulk query jobs, forgotten `jobLifeDays` after their end. */
export class JobStore {
  private readonly org: Org;
  private readonly jobs = new Map<string, QueryJob>();
  private created = 0;

  constructor(org: Org) {
    this.org = org;
  }

  /** Creates a job and starts it. @throws SalesforceError `LIMIT_EXCEEDED` when the day's quota is used up */
  create(request: BulkQueryRequest, apiVersion: string, userId: string): QueryJob {
    this.forgetOld();
    const refused = this.org.limits.beginBulkJob();
    if (refused !== undefined) throw refused;
    this.created += 1;
    const id = idOf('750', this.created);
    const job = new QueryJob(this.org, { id, number: this.created, apiVersion, userId, request });
    this.jobs.set(id, job);
    return job;
  }

  /** By 15 or 18 characters. @throws ApiError 404 `NOT_FOUND` */
  find(id: string): QueryJob {
    this.forgetOld();
    const job = this.jobs.get(id) ?? [...this.jobs.values()].find((one) => one.id.slice(0, 15) === id);
    if (job === undefined || (job.willVanish && job.state === 'JobComplete')) throw notFound();
    return job;
  }

  /** In the order of their creation. */
  list(): QueryJob[] {
    this.forgetOld();
    return [...this.jobs.values()];
  }

  delete(job: QueryJob): void {
    this.jobs.delete(job.id);
    job.snapshot.release();
  }

  deleteAll(): void {
    for (const job of this.jobs.values()) this.delete(job);
  }

  private forgetOld(): void {
    const now = this.org.clock.elapsed();
    for (const job of this.jobs.values())
      if (job.endedAt !== undefined && now - job.endedAt > this.org.knobs.jobLifeDays * DAY) this.delete(job);
  }
}
