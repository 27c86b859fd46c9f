import { Controller, Get, Inject, Res } from '@nestjs/common';
import { QueueHealthReporter, type QueueHealthReport } from '../health/queue-health.ts';
import { Access } from '../http/access.ts';

@Controller('health/queues')
export class QueuesController {
  readonly #reporter: QueueHealthReporter;

  constructor(@Inject(QueueHealthReporter) reporter: QueueHealthReporter) {
    this.#reporter = reporter;
  }

  @Access('operator')
  @Get()
  async queues(
    @Res({ passthrough: true }) reply: { header(name: string, value: string): unknown },
  ): Promise<QueueHealthReport> {
    reply.header('cache-control', 'no-store');
    return this.#reporter.report();
  }
}
