import { Controller, Get, Inject, Res } from '@nestjs/common';
import { Access } from '../http/access.ts';
import { PrometheusMeter } from '../metrics/meter.ts';

interface Reply {
  header(name: string, value: string): unknown;
}

@Controller('metrics')
export class MetricsController {
  readonly #meter: PrometheusMeter;

  constructor(@Inject(PrometheusMeter) meter: PrometheusMeter) {
    this.#meter = meter;
  }

  @Access('operator')
  @Get()
  async metrics(@Res({ passthrough: true }) reply: Reply): Promise<string> {
    const { text, contentType } = await this.#meter.render();
    reply.header('content-type', contentType);
    return text;
  }
}
