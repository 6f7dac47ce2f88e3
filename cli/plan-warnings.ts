import type { Settings } from '../shared/core/settings.ts';
import { settingsDigest } from '../shared/core/settings-digest.ts';
import { similarNames } from '../shared/core/similar-names.ts';
import type { CommandRuntime } from './runtime.ts';

type Reads = Pick<CommandRuntime, 'deployedDigest' | 'providers'>;

interface PlannedFile {
  /** rolebridge.yml, or the file that --config names. */
  readonly path: string;
  readonly settings: Settings;
}

/** Reasons why the real changes may differ from this plan: another file is deployed, or a provider does not exist. */
export const planWarnings = async (runtime: Reads, file: PlannedFile): Promise<readonly string[]> =>
  (await Promise.all([deployedWarnings(runtime, file), providerWarnings(runtime, file)])).flat();

const deployedWarnings = async (
  { deployedDigest }: Reads,
  { path, settings }: PlannedFile,
): Promise<readonly string[]> => {
  const deployed = await known('which settings are deployed', deployedDigest);
  if ('warning' in deployed) return [deployed.warning];
  return deployed.value === undefined || deployed.value === settingsDigest(settings)
    ? []
    : [
        `The deployed functions use other settings than ${path}. This plan shows what they would do after "npm run deploy" with it.`,
      ];
};

const providerWarnings = async (
  { providers }: Reads,
  { path, settings }: PlannedFile,
): Promise<readonly string[]> => {
  const { pool } = settings.google;
  const listed = await known(`which providers the pool ${pool} has`, () => providers(settings));
  if ('warning' in listed) return [listed.warning];
  const ids = listed.value.map((name) => name.slice(name.lastIndexOf('/') + 1));
  return settings.accounts
    .map(({ provider }) => provider)
    .filter((provider) => !ids.includes(provider))
    .map((provider) => {
      const [similar] = similarNames(provider, ids);
      const hint = similar === undefined ? '"rolebridge setup" creates it.' : `Did you mean ${similar}?`;
      return `The pool ${pool} has no provider ${provider}, which ${path} names. The configs of this plan would not work. ${hint}`;
    });
};

/** A warning never stops the plan. If it cannot be decided, we show that. */
const known = async <T>(
  what: string,
  read: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly warning: string }> => {
  try {
    return { value: await read() };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return { warning: `Not checked: ${what} (${reason})` };
  }
};
