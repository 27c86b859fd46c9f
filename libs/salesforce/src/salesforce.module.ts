import type { BulkSource, LiveReads, RecordSource } from '@umbra/domain';
import type { DynamicModule, FactoryProvider, InjectionToken, ModuleMetadata } from '@nestjs/common';
import type { SalesforceSettings } from '@umbra/platform';
import { openSalesforce, type Salesforce, type SalesforcePorts } from './open-salesforce.ts';
import { SalesforceRequestQueueService } from './request-queue/salesforce-request-queue.service.ts';

/** Tokens of what the module provides, beside the class `SalesforceRequestQueueService`. */
export const SALESFORCE: InjectionToken<Salesforce> = Symbol('Salesforce');
export const BULK_SOURCE: InjectionToken<BulkSource> = Symbol('BulkSource');
export const RECORD_SOURCE: InjectionToken<RecordSource> = Symbol('RecordSource');
export const LIVE_READS: InjectionToken<LiveReads> = Symbol('LiveReads');

export interface SalesforceModuleOptions {
  /** Modules that export what `inject` names. */
  readonly imports?: ModuleMetadata['imports'];
  readonly inject: FactoryProvider['inject'];
  /** Called once with what `inject` names. */
  readonly useFactory: (...dependencies: never[]) => {
    readonly settings: SalesforceSettings;
    readonly ports: SalesforcePorts;
  };
}

/**
 * Salesforce for a Nest app, closed with it. Written without decorators, so that programs which Node runs as they are
 * can import this library.
 */
export class SalesforceModule {
  static registerAsync(options: SalesforceModuleOptions): DynamicModule {
    const opened: FactoryProvider<Salesforce & { onApplicationShutdown(): Promise<void> }> = {
      provide: SALESFORCE,
      inject: options.inject ?? [],
      useFactory: (...dependencies: unknown[]) => {
        const { settings, ports } = options.useFactory(...(dependencies as never[]));
        const salesforce = openSalesforce(settings, ports);
        return { ...salesforce, onApplicationShutdown: () => salesforce.close() };
      },
    };
    const part = <K extends keyof Salesforce>(provide: InjectionToken, key: K): FactoryProvider => ({
      provide,
      inject: [SALESFORCE],
      useFactory: (salesforce: Salesforce) => salesforce[key],
    });
    const parts = [
      part(SalesforceRequestQueueService, 'queue'),
      part(BULK_SOURCE, 'bulk'),
      part(RECORD_SOURCE, 'records'),
      part(LIVE_READS, 'live'),
    ];
    return {
      module: SalesforceModule,
      imports: options.imports ?? [],
      providers: [opened, ...parts],
      exports: [SALESFORCE, ...parts.map(({ provide }) => provide)],
    };
  }
}
