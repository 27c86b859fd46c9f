import type { DynamicModule } from '@nestjs/common';
import type { HttpApp, HttpAppOptions } from '../nest/http-app.ts';

/**
 * The HTTP side of a process: a Nest module behind the guard and the problem filter, with `/health/live`,
 * `/health/ready` and `/metrics` beside it, initialised and not yet listening. Nest is loaded here and not before:
 * commands and tools that import this library do without it, and decorators are nothing that plain Node can read.
 * @throws UmbraError INPUT_CONFIGURATION when a route declares no scope
 */
export async function createHttpApp(module: DynamicModule, options: HttpAppOptions): Promise<HttpApp> {
  const { buildHttpApp } = await import('../nest/http-app.ts');
  return buildHttpApp(module, options);
}
