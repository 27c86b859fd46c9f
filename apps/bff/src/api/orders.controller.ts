import { Body, Controller, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { Access } from '@umbra/platform';
import type { Reads } from '@umbra/reads';
import { demandedAge } from './demanded-age.ts';
import { readInput } from './input.ts';
import { noQuery, quoteBody } from './inputs.ts';
import { READS } from './reads.token.ts';
import { respond, type ConditionalRequest, type FreshReply } from './respond.ts';

@Controller('api/orders')
export class OrdersController {
  readonly #reads: Reads;

  constructor(@Inject(READS) reads: Reads) {
    this.#reads = reads;
  }

  /** Prices an order and keeps nothing of it, hence 200 and not 201; a condition on it would mean nothing. */
  @Access('read')
  @Post('quote')
  @HttpCode(200)
  async quote(
    @Body() body: unknown,
    @Query() query: unknown,
    @Req() request: ConditionalRequest,
    @Res({ passthrough: true }) reply: FreshReply,
  ) {
    readInput(noQuery, query, 'query');
    const order = readInput(quoteBody, body, 'body');
    return respond({ headers: {} }, reply, await this.#reads.quotes.quote(order, demandedAge(request)));
  }
}
