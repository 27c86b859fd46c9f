import { Controller, Get, Inject, Res } from '@nestjs/common';
import {
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { Readiness } from '../health/readiness.ts';
import { Access } from '../http/access.ts';

interface Reply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

/** Liveness and readiness. Open to everybody, so it tells states only. */
@Controller('health')
export class HealthController {
  readonly #health: HealthCheckService;
  readonly #indicator: HealthIndicatorService;
  readonly #readiness: Readiness<string>;

  constructor(
    @Inject(HealthCheckService) health: HealthCheckService,
    @Inject(HealthIndicatorService) indicator: HealthIndicatorService,
    @Inject(Readiness) readiness: Readiness<string>,
  ) {
    this.#health = health;
    this.#indicator = indicator;
    this.#readiness = readiness;
  }

  /** That an answer comes at all shows that the event loop turns; nothing else is looked at. */
  @Access('open')
  @Get('live')
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  @Access('open')
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: Reply): Promise<HealthCheckResult> {
    reply.header('cache-control', 'no-store');
    try {
      return await this.#health.check([() => this.#indicate()]);
    } catch (error) {
      const result = checkResultOf(error);
      if (result === undefined) throw error;
      reply.status(503);
      return result;
    }
  }

  async #indicate(): Promise<HealthIndicatorResult> {
    const { status, draining, parts } = await this.#readiness.report();
    const session = this.#indicator.check('process');
    if (status === 'not-ready') return session.down({ draining, parts });
    return status === 'degraded' ? session.degraded({ draining, parts }) : session.up({ draining, parts });
  }
}

/** Terminus throws its result when a part is down. */
function checkResultOf(error: unknown): HealthCheckResult | undefined {
  if (!(error instanceof Error) || !('getResponse' in error) || typeof error.getResponse !== 'function')
    return undefined;
  return (error.getResponse as () => HealthCheckResult)();
}
