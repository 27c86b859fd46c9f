import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { Access } from '@umbra/platform';
import type { Reads } from '@umbra/reads';
import { demandedAge } from './demanded-age.ts';
import { readInput } from './input.ts';
import { pricedQuery, skuPath } from './inputs.ts';
import { READS } from './reads.token.ts';
import { respond, type ConditionalRequest, type FreshReply } from './respond.ts';

@Controller('api/catalog/products')
export class ProductsController {
  readonly #reads: Reads;

  constructor(@Inject(READS) reads: Reads) {
    this.#reads = reads;
  }

  @Access('read')
  @Get(':sku')
  async product(
    @Param() path: unknown,
    @Query() query: unknown,
    @Req() request: ConditionalRequest,
    @Res({ passthrough: true }) reply: FreshReply,
  ) {
    const { sku } = readInput(skuPath, path, 'path');
    const priced = readInput(pricedQuery, query, 'query');
    return respond(request, reply, await this.#reads.products.getProduct(sku, priced, demandedAge(request)));
  }
}
