/**
 * The layers of docs/architecture.md, as `npm run lint` enforces them: core <- ports <- (app | features | adapters) <-
 * runtimes <- (handlers | cli). A part may import itself, libraries, and the parts listed with it; `import type` and
 * `import()` count as well.
 */
const layers = {
  '^shared/core/': [],
  '^shared/ports[.]ts$': ['^shared/core/'],
  '^shared/counted[.]ts$': [],
  '^shared/waiting[.]ts$': ['^shared/ports[.]ts$'],
  '^shared/config/defaults[.]ts$': [],
  '^shared/config/schema[.]ts$': ['^shared/config/(defaults|deploy-schema)[.]ts$'],
  '^shared/config/': ['^shared/core/'],
  '^shared/app/': ['^shared/core/', '^shared/(ports|waiting)[.]ts$'],
  '^shared/accounts/': ['^shared/core/'],
  '^shared/explain/': ['^shared/core/'],
  '^shared/stages/': ['^shared/(core|config)/', '^shared/ports[.]ts$'],
  '^shared/credentials/': ['^shared/core/', '^shared/ports[.]ts$'],
  '^shared/permissions/': [
    '^shared/core/',
    '^stack/(company-policies|function-policies|other-accounts|statement)[.]ts$',
  ],
  '^shared/member/': ['^shared/core/', '^stack/(account-policies|statement)[.]ts$'],
  '^shared/setup/': ['^shared/(core|app)/', '^shared/(ports|waiting)[.]ts$'],
  '^shared/history/': ['^shared/(core|app)/', '^shared/ports[.]ts$'],
  '^shared/report/': ['^shared/(core|app|history|keys)/'],
  '^shared/keys/': ['^shared/(core|app)/', '^shared/ports[.]ts$'],
  '^shared/wait/': ['^shared/(core|app|history)/', '^shared/ports[.]ts$'],
  '^shared/doctor/': ['^shared/(core|app|setup)/', '^shared/(ports|counted)[.]ts$'],
  '^shared/adapters/': [
    '^shared/core/',
    '^shared/(ports|waiting)[.]ts$',
    '^shared/config/',
    '^shared/(accounts|doctor|setup|credentials|history|keys|stages)/',
  ],
  '^handlers/': ['^shared/(app|adapters|core)/', '^shared/(ports|config/config|config/error)[.]ts$'],
  '^local/': [],
  // package.json holds the version.
  '^cli/': ['^local/', '^shared/', '^package[.]json$'],
};

/** Our own files: a layer's rule leaves libraries and Node's modules to the rules below. */
const ours = ['^(shared|handlers|local|cli|tests|scripts|bench|stack|boot)/', '^[^/]+[.](ts|mjs|json)$'];
/** Suites may stand beside the code of local/; no layer holds them. */
const suites = ['^tests/', '[.]test[.]ts$', '^local/testing/'];

/** googleapis loads an API in 40 ms and its root, every API there is, in 640 ms. */
const googleapisRoot = '^node_modules/googleapis/build/src/index[.]';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(layers).map(([part, mayImport]) => ({
      name: `layer ${part}`,
      comment: 'Imports point one way: docs/architecture.md.',
      severity: 'error',
      from: { path: part, pathNot: suites },
      to: { path: ours, pathNot: [part, ...mayImport] },
    })),
    {
      name: 'no cycle',
      severity: 'error',
      from: { pathNot: ['^tests/'] },
      to: { circular: true },
    },
    {
      name: 'no orphan',
      comment:
        'A module that nothing imports and that imports nothing is dead, or an entry point to name here.',
      severity: 'error',
      from: { orphan: true, path: '^(shared|handlers|local|cli)/', pathNot: ['[.]d[.]ts$', ...suites] },
      to: {},
    },
    { name: 'no unresolvable import', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'the core imports no service',
      comment: 'Allowed: the libraries for globs and CEL, and the pure helpers of Node.',
      severity: 'error',
      from: { path: '^shared/core/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown', 'core'],
        pathNot: [
          '^node_modules/(@marcbachmann/cel-js|picomatch|@types/picomatch)/',
          '^(node:)?(crypto|util)$',
        ],
      },
    },
    {
      name: 'middy in one file',
      severity: 'error',
      from: { pathNot: ['^handlers/middleware[.]ts$', ...suites] },
      to: { path: '^node_modules/@middy/' },
    },
    {
      name: 'googleapis never by its root',
      severity: 'error',
      from: { path: '^(shared|handlers|cli|local)/' },
      to: { path: googleapisRoot },
    },
    {
      name: 'the policy evaluator only in tests',
      comment: 'It is under the AGPL.',
      severity: 'error',
      from: { pathNot: suites },
      to: { path: '^node_modules/@cloud-copilot/' },
    },
  ],
  options: {
    // The cruiser's own parser knows TypeScript up to 6, and sees next to nothing with 7.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: '^node_modules/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
