import { randomBytes } from 'node:crypto';
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { UmbraError } from '@umbra/domain';
import { Access, pagePolicy } from '@umbra/platform';
import { docsAsset, docsPage, type DocsAsset } from './docs-page.ts';

interface Reply {
  header(name: string, value: string): Reply;
}

/** The OpenAPI document as text. */
export const OPENAPI_TEXT = Symbol('OPENAPI_TEXT');

@Controller('docs')
export class DocsController {
  readonly #openapi: string;
  readonly #assets = new Map<string, DocsAsset>();

  constructor(@Inject(OPENAPI_TEXT) openapi: string) {
    this.#openapi = openapi;
  }

  @Access('open')
  @Get()
  page(@Res({ passthrough: true }) reply: Reply): string {
    const nonce = randomBytes(16).toString('base64');
    const { contentType, body } = docsPage(nonce);
    // A kept page would meet a policy with another nonce.
    reply
      .header('content-type', contentType)
      .header('cache-control', 'no-store')
      .header('content-security-policy', pagePolicy(nonce));
    return body;
  }

  @Access('open')
  @Get('openapi.json')
  openapi(@Res({ passthrough: true }) reply: Reply): string {
    return send(reply, { contentType: 'application/json; charset=utf-8', body: this.#openapi });
  }

  /** @throws UmbraError INPUT_ROUTE_UNKNOWN */
  @Access('open')
  @Get(':asset')
  asset(@Param('asset') name: string, @Res({ passthrough: true }) reply: Reply): string {
    const asset = this.#assets.get(name) ?? docsAsset(name);
    if (asset === undefined) throw new UmbraError('INPUT_ROUTE_UNKNOWN', 'There is no such path');
    this.#assets.set(name, asset);
    return send(reply, asset);
  }
}

function send(reply: Reply, { contentType, body }: DocsAsset): string {
  reply.header('content-type', contentType).header('cache-control', 'public, max-age=300');
  return body;
}
