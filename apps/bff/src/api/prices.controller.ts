import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { Access } from '@umbra/platform';
import type { Reads } from '@umbra/reads';
import { demandedAge } from './demanded-age.ts';
import { readInput } from './input.ts';
import { pricesQuery } from './inputs.ts';
import { READS } from './reads.token.ts';
import { respond, type ConditionalRequest, type FreshReply } from './respond.ts';

@Controller('api/catalog/prices')
export class PricesController {
  readonly #reads: Reads;

  constructor(@Inject(READS) reads: Reads) {
    this.#reads = reads;
  }

  @Access('read')
  @Get()
  async prices(
    @Query() query: unknown,
    @Req() request: ConditionalRequest,
    @Res({ passthrough: true }) reply: FreshReply,
  ) {
    const { skus, currency } = readInput(pricesQuery, query, 'query');
    return respond(
      request,
      reply,
      await this.#reads.prices.getPrices(skus, { currency }, demandedAge(request)),
    );
  }
}
