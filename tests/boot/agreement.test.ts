import fc from 'fast-check';
import { trustedPoolsOf, trustedProviders } from '../../shared/core/trusted-pools.ts';
import { rewriteConfig } from '../../shared/credentials/rewritten-config.ts';
import { mutatedText } from '../fuzz/mutations.ts';
import { type LocalInstance, shells, startInstance } from '../support/instance.ts';
import { startParameterPages } from '../support/parameter-pages.ts';
import { genuineConfigs, ownEndpoints } from '../support/poisoned-configs.ts';
import { accountId, settings } from '../support/settings.ts';

let instance: LocalInstance;
beforeEach(async () => {
  instance = await startInstance();
});
afterEach(() => instance.close());

// Characters with a meaning to boot/fetch's parser, to the shell or to JSON, in the middle of a config.
const marks = '" { } : , \\ < > [ ] . $ ` % & * ; "" {} \\n \\u0041 \\" true null 1'.split(' ');
const breaks = ['\n', '\r', '\t', '\f', ' ', '\u0001', '\u007f', '\u00a0', '\u2028', 'é', '😀'];
const rows = ['\nconfig injected {}', '\nend', '\nnext x', '"\nrefused default x"'];
const spliced = fc
  .record({
    text: fc.constantFrom(...genuineConfigs.map(({ text }) => text)),
    cuts: fc.array(
      fc.record({
        at: fc.nat(2000),
        length: fc.nat(3),
        put: fc.constantFrom('', ...marks, ...breaks, ...rows),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ text, cuts }) =>
    cuts.reduce((rest, { at, length, put }) => {
      const start = at % (rest.length + 1);
      return rest.slice(0, start) + put + rest.slice(start + length);
    }, text),
  );
const texts = fc.oneof(
  { weight: 3, arbitrary: spliced },
  {
    weight: 1,
    arbitrary: mutatedText(
      genuineConfigs.map(({ text }) => text),
      3,
    ),
  },
);

describe.each(shells)('invariant 10, under $shell', ({ shell, command, isInstalled }) => {
  (isInstalled ? it : it.skip)('boot/fetch and "credentials config" agree on 300 random texts', async () => {
    if (shell.startsWith('busybox')) instance.toolbox.useBusybox();
    const trust = {
      providers: trustedProviders(trustedPoolsOf(settings), accountId),
      origins: Object.values(ownEndpoints),
      metadata: instance.metadataUrl,
    };
    // Parameter Store accepts neither a lone surrogate nor an empty value.
    const given = fc
      .sample(texts, 300)
      .map((text) => text.toWellFormed())
      .filter((text) => text !== '' && Buffer.byteLength(text) <= 8192);
    const parameterStore = await startParameterPages(
      given.map((text, index) => ({ grant: `g${index}`, text })),
    );
    await instance.fetch({
      shell: command,
      environment: {
        AWS_ENDPOINT_URL_SSM: parameterStore.url,
        GOOGLE_ACCESS_TRUSTED_ENDPOINTS: Object.values(ownEndpoints).join(' '),
      },
    });
    await parameterStore.close();
    const expected = given.flatMap((text, index) => {
      const checked = rewriteConfig(text, trust);
      return checked.kind === 'accepted'
        ? [[`g${index}.json`, `${JSON.stringify(checked.config, null, 2)}\n`] as const]
        : [];
    });
    const written = instance.files().filter((name) => name.endsWith('.json'));
    const accepted = new Map<string, string>(expected);
    for (const name of new Set([...written, ...accepted.keys()])) {
      const index = Number(/\d+/.exec(name)?.[0]);
      expect({
        name,
        text: given[index],
        file: written.includes(name) ? instance.read(name) : undefined,
      }).toEqual({
        name,
        text: given[index],
        file: accepted.get(name),
      });
    }
  });
});
