import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { Access } from '@umbra/platform';
import type { Reads } from '@umbra/reads';
import { demandedAge } from './demanded-age.ts';
import { readInput } from './input.ts';
import { accountPath, noQuery } from './inputs.ts';
import { READS } from './reads.token.ts';
import { respond, type ConditionalRequest, type FreshReply } from './respond.ts';

@Controller('api/eligibility')
export class EligibilityController {
  readonly #reads: Reads;

  constructor(@Inject(READS) reads: Reads) {
    this.#reads = reads;
  }

  @Access('read')
  @Get(':accountId')
  async eligibility(
    @Param() path: unknown,
    @Query() query: unknown,
    @Req() request: ConditionalRequest,
    @Res({ passthrough: true }) reply: FreshReply,
  ) {
    const { accountId } = readInput(accountPath, path, 'path');
    readInput(noQuery, query, 'query');
    return respond(
      request,
      reply,
      await this.#reads.eligibility.getEligibility(accountId, demandedAge(request)),
    );
  }
}
