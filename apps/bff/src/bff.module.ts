import type { DynamicModule } from '@nestjs/common';
import type { Reads } from '@umbra/reads';
import { EligibilityController } from './api/eligibility.controller.ts';
import { InternetController } from './api/internet.controller.ts';
import { OrdersController } from './api/orders.controller.ts';
import { PricesController } from './api/prices.controller.ts';
import { ProductsController } from './api/products.controller.ts';
import { READS } from './api/reads.token.ts';
import { SimController } from './api/sim.controller.ts';
import { VpnController } from './api/vpn.controller.ts';
import { DocsController, OPENAPI_TEXT } from './docs/docs.controller.ts';
import { openApiText } from './openapi/openapi-text.ts';

export interface BffModuleParts {
  readonly reads: Reads;
}

/** The routes, over a read path that was joined elsewhere. */
export class BffModule {
  static with({ reads }: BffModuleParts): DynamicModule {
    return {
      module: BffModule,
      controllers: [
        InternetController,
        SimController,
        VpnController,
        ProductsController,
        PricesController,
        EligibilityController,
        OrdersController,
        DocsController,
      ],
      providers: [
        { provide: READS, useValue: reads },
        { provide: OPENAPI_TEXT, useValue: openApiText() },
      ],
    };
  }
}
