# syntax=docker/dockerfile:1
# One image per process. What runs is the bundle of one app and the npm packages that it imports: no sources, no
# development dependencies, no package manager, and the simulator only in its own image.
#
#   docker build --target bff --tag umbra-bff .

ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS toolchain
WORKDIR /toolchain
COPY tools/stack/bootstrap/ ./
RUN npm ci --ignore-scripts --no-audit --no-fund \
  && ln -s /toolchain/node_modules/@pnpm/exe.*/pnpm /usr/local/bin/pnpm

FROM toolchain AS source
WORKDIR /umbra
COPY . .

FROM source AS build
RUN pnpm install --frozen-lockfile \
  && pnpm exec prisma generate \
  && node tools/stack/src/build.ts bff worker ops

FROM build AS build-simulator
RUN node tools/stack/src/build.ts simulator

# The same lockfile gives the same folder names below node_modules/.pnpm, so that the links in a bundle fit here.
FROM source AS bff-packages
RUN pnpm install --frozen-lockfile --prod --filter '@umbra/bff...'

FROM source AS worker-packages
RUN pnpm install --frozen-lockfile --prod --filter '@umbra/worker...'

FROM source AS ops-packages
RUN pnpm install --frozen-lockfile --prod --filter '@umbra/ops...'

FROM source AS simulator-packages
RUN pnpm install --frozen-lockfile --prod --filter '@umbra/simulator...'

FROM ${NODE_IMAGE} AS runtime
ENV NODE_ENV=production
WORKDIR /umbra
# The state folder is the only place that the process may write to; a volume mounted there takes over its owner.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn* \
  && mkdir .umbra \
  && chown node:node .umbra
USER node
ENTRYPOINT ["node", "--enable-source-maps"]

FROM runtime AS bff
COPY prisma/migrations prisma/migrations
COPY config config
COPY --from=bff-packages /umbra/node_modules/.pnpm node_modules/.pnpm
COPY --from=build /umbra/dist/bff dist/bff
# Loopback inside a container is reachable by nobody.
ENV BFF_HOST=0.0.0.0 BFF_PORT=3000
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3000/health/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["dist/bff/main.js"]

FROM runtime AS worker
COPY prisma/migrations prisma/migrations
COPY config config
COPY --from=worker-packages /umbra/node_modules/.pnpm node_modules/.pnpm
COPY --from=build /umbra/dist/worker dist/worker
ENV WORKER_HOST=0.0.0.0 WORKER_PORT=3001
EXPOSE 3001
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3001/health/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["dist/worker/main.js"]

FROM runtime AS ops
COPY prisma/migrations prisma/migrations
COPY config config
COPY --from=ops-packages /umbra/node_modules/.pnpm node_modules/.pnpm
COPY --from=build /umbra/dist/ops dist/ops
ENTRYPOINT ["node", "--enable-source-maps", "dist/ops/main.js"]
CMD ["--help"]

# Never part of a production deployment.
FROM runtime AS simulator
COPY --from=simulator-packages /umbra/node_modules/.pnpm node_modules/.pnpm
COPY --from=build-simulator /umbra/dist/simulator dist/simulator
EXPOSE 4100 4101
CMD ["dist/simulator/main.js"]
