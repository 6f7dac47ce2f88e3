import type { LoopbackServer } from '../../local/http.ts';
import { type LocalInstance, shells, startInstance } from '../support/instance.ts';
import { type GrantText, startParameterPages } from '../support/parameter-pages.ts';
import {
  type ConfigText,
  genuineConfigs,
  ownEndpoints,
  poisonedConfigs,
} from '../support/poisoned-configs.ts';

/** At most what Parameter Store holds in one value. The rest of the table is only for rewriteConfig. */
const fits = ({ text }: { readonly text: string }): boolean => Buffer.byteLength(text) <= 8192;
const poisoned = poisonedConfigs.filter(fits);

let instance: LocalInstance;
let parameterStore: LoopbackServer;
beforeEach(async () => {
  instance = await startInstance();
  parameterStore = await startParameterPages([...named('good', genuineConfigs), ...named('bad', poisoned)]);
});
afterEach(() => Promise.all([parameterStore.close(), instance.close()]));

const grantOf = (kind: string, index: number): string => `${kind}${index}`;
const named = (kind: string, configs: readonly ConfigText[]): readonly GrantText[] =>
  configs.map(({ text }, index) => ({ grant: grantOf(kind, index), text }));

describe.each(shells)('invariant 10, under $shell: boot/fetch writes', ({ shell, command, isInstalled }) => {
  (isInstalled ? it : it.skip)('every config that rolebridge publishes, and no poisoned one', async () => {
    if (shell.startsWith('busybox')) instance.toolbox.useBusybox();
    const environment = {
      AWS_ENDPOINT_URL_SSM: parameterStore.url,
      GOOGLE_ACCESS_TRUSTED_ENDPOINTS: Object.values(ownEndpoints).join(' '),
    };
    const ran = await instance.fetch({ shell: command, environment });
    expect(ran).toMatchObject({ ok: false, status: 8 });

    const good = genuineConfigs.flatMap((_, index) =>
      ['env', 'json'].map((type) => `${grantOf('good', index)}.${type}`),
    );
    expect(instance.files()).toEqual(['.manifest', ...good].toSorted());
    for (const line of ran.output.split('\n')) expect(line).toMatch(/^rolebridge: [ -~]+$/);
    for (const [index, { text }] of genuineConfigs.entries())
      expect(instance.read(`${grantOf('good', index)}.json`)).toBe(
        `${JSON.stringify(inPublishedOrder(text), null, 2).replaceAll('http://169.254.169.254', instance.metadataUrl)}\n`,
      );
  });
});

/** The written config follows the table of shapes, regardless of the order in the parameter. */
const inPublishedOrder = (text: string): unknown => {
  const config = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const [first] = Object.keys(config);
  if (first === 'universe_domain') return config;
  const reversed = Object.entries(config).toReversed();
  return Object.fromEntries(
    reversed.map(([key, value]) => [key, typeof value === 'string' ? value : inPublishedNesting(value)]),
  );
};
const inPublishedNesting = (value: unknown): object =>
  Object.fromEntries(Object.entries(value as object).toReversed());
