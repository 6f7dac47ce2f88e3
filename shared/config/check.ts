import * as v from 'valibot';
import type { Settings } from '../core/settings.ts';
import { providerNameOf } from './account-problems.ts';
import { consistencyProblems } from './consistency.ts';
import type { Problem } from './error.ts';
import { formProblems } from './messages.ts';
import { completeRule } from './rule-problems.ts';
import { type ParsedSettings, settingsSchema } from './schema.ts';
import { pathText, type YamlText } from './yaml.ts';

export interface CheckedSettings {
  /** Undefined if there are problems. */
  readonly settings?: Settings;
  readonly problems: readonly Problem[];
}

/** Checks the form of the settings, and then their meaning: consistency can be checked only if the form is right. */
export const checkSettings = (yaml: YamlText, ownAccount?: string): CheckedSettings => {
  const parsed = v.safeParse(settingsSchema, yaml.value);
  const problems = [
    ...yaml.problems,
    ...(parsed.issues ?? []).flatMap((issue) => formProblems(issue, yaml)),
    ...(parsed.typed ? consistencyProblems(parsed.output, ownAccount) : []).map(({ path, message }) => ({
      setting: pathText(path),
      message,
      position: yaml.positionOf(path),
    })),
  ];
  return problems.length > 0 || !parsed.success
    ? { problems }
    : { settings: deepFreeze(complete(parsed.output)), problems };
};

/** With the providers that setup makes for accounts which name none. */
const complete = (settings: ParsedSettings): Settings => ({
  ...settings,
  accounts: settings.accounts.map((account) => ({ ...account, provider: providerNameOf(account) })),
  allow: settings.allow.map(completeRule),
});

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
};
