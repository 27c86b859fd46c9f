import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { Access } from '@umbra/platform';
import type { Reads } from '@umbra/reads';
import { demandedAge } from './demanded-age.ts';
import { readInput } from './input.ts';
import { pricedQuery, vpnPlansQuery } from './inputs.ts';
import { READS } from './reads.token.ts';
import { respond, type ConditionalRequest, type FreshReply } from './respond.ts';

@Controller('api/catalog/vpn')
export class VpnController {
  readonly #reads: Reads;

  constructor(@Inject(READS) reads: Reads) {
    this.#reads = reads;
  }

  @Access('read')
  @Get('plans')
  async plans(
    @Query() query: unknown,
    @Req() request: ConditionalRequest,
    @Res({ passthrough: true }) reply: FreshReply,
  ) {
    const filter = readInput(vpnPlansQuery, query, 'query');
    return respond(request, reply, await this.#reads.vpn.getPlans(filter, demandedAge(request)));
  }

  @Access('read')
  @Get('addons')
  async addOns(
    @Query() query: unknown,
    @Req() request: ConditionalRequest,
    @Res({ passthrough: true }) reply: FreshReply,
  ) {
    const priced = readInput(pricedQuery, query, 'query');
    return respond(request, reply, await this.#reads.vpn.getAddOns(priced, demandedAge(request)));
  }
}
