import { findRole } from '../../../shared/app/find-role.ts';
import { type ForecastOptions, plan as planAccess, type WhatIf } from '../../../shared/app/plan.ts';
import { configPaths, loadSettings } from '../../../shared/config/config.ts';
import { isThere } from '../../../shared/config/file-bytes.ts';
import { pathsText } from '../../../shared/config/paths.ts';
import { asciiLower } from '../../../shared/core/ascii.ts';
import { PermanentError } from '../../../shared/core/errors.ts';
import type { Tag } from '../../../shared/core/model.ts';
import { type NamedRole, parseNamedRole } from '../../../shared/core/role-argument.ts';
import type { Settings } from '../../../shared/core/settings.ts';
import { charactersOf, isOurTag, maxTagCharacters, nearMisses } from '../../../shared/core/tags.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { assertExists } from '../../missing-role.ts';
import { openRuntime } from '../../open-runtime.ts';
import { planWarnings } from '../../plan-warnings.ts';
import type { Terminal } from '../../terminal.ts';
import { forecastDocument } from './document.ts';
import { forecastText } from './text.ts';

export interface PlanOptions {
  readonly role?: readonly string[];
  readonly account?: string;
  readonly tag?: readonly string[];
  readonly untag?: readonly string[];
}

/** Shows what the deployed functions would do now, or with other tags or another rolebridge.yml. */
export const plan = async (terminal: Terminal, options: PlanOptions): Promise<ExitCode> => {
  const runtime = await openRuntime(terminal);
  const settings = runtime.settings();
  const current = terminal.config === undefined ? undefined : usualSettings(terminal);
  assertConfigured(settings, options.account);
  const named = (options.role ?? []).map((role) => namedRole(settings, role, options.account));
  const supposed = supposedTags(settings, named, options);
  const path = pathsText(runtime.configPaths);
  const [found, warnings] = await terminal.progress('Looking at both clouds', async () => {
    await runtime.signIn(settings);
    const whatIf = supposed && {
      ...supposed,
      ...(await findRole(settings, runtime.own(settings).roles, supposed)),
    };
    const forecastOptions: ForecastOptions = {
      roles: whatIf === undefined ? named : [whatIf],
      ...(options.account === undefined ? {} : { accountId: options.account }),
      ...(whatIf === undefined ? {} : { whatIf }),
      ...(current === undefined ? {} : { current }),
    };
    return Promise.all([
      planAccess(settings, runtime.survey(settings), forecastOptions),
      planWarnings(runtime, { path, settings }),
    ]);
  });
  assertExists(found);
  terminal.show(forecastDocument(found, warnings), () => forecastText(found, terminal.stage, warnings));
  if (found.blindSpots.length > 0) return exitCodes.failed;
  return found.roles.some(({ changes }) => changes.length > 0) ? exitCodes.difference : exitCodes.done;
};

/** The settings without --config, which are in force now, as far as we know. */
const usualSettings = ({ stage }: Terminal): Settings | undefined => {
  const paths = configPaths({ stage });
  return isThere(paths[0]) ? loadSettings(paths) : undefined;
};

const assertConfigured = ({ accounts }: Settings, account: string | undefined): void => {
  if (account !== undefined && !accounts.some(({ id }) => id === account))
    throw new PermanentError(
      `Account ${account} is not in rolebridge.yml (${accounts.map(({ id }) => id).join(', ')}).`,
    );
};

/** --account says where a role is, if its name does not. */
const namedRole = (settings: Settings, text: string, account: string | undefined): NamedRole => {
  const { roleName, accountId = account } = parseNamedRole(text, settings);
  if (accountId === undefined) return { roleName };
  if (account !== undefined && account !== accountId)
    throw new PermanentError(`--role ${text} is in account ${accountId}, and --account is ${account}.`);
  return { roleName, accountId };
};

const supposedTags = (
  { tagKey }: Settings,
  named: readonly NamedRole[],
  { tag = [], untag = [] }: PlanOptions,
): WhatIf | undefined => {
  if (tag.length === 0 && untag.length === 0) return undefined;
  const [role, ...others] = named;
  if (role === undefined || others.length > 0)
    throw new PermanentError('--tag and --untag apply to one role. Name it with --role.');
  const tags = tag.map(tagOf);
  for (const { key } of tags) assertRead('--tag', key, tagKey);
  for (const key of untag) assertRead('--untag', key, tagKey);
  for (const one of [...tags, ...untag.map((key) => ({ key, value: '' }))]) assertPossible(one);
  assertDistinct([...tags.map(({ key }) => key), ...untag]);
  return { ...role, tags, untagged: untag };
};

const tagOf = (text: string): Tag => {
  const at = text.indexOf('=');
  if (at < 1) throw new PermanentError(`--tag must be KEY=VALUE, not "${text}".`);
  return { key: text.slice(0, at), value: text.slice(at + 1) };
};

/** A tag with another key changes no access, and then "nothing to do" would be misleading. */
const assertRead = (option: string, key: string, tagKey: string): void => {
  if (isOurTag(key, tagKey)) return;
  const hint = nearMisses([{ key }], tagKey).length > 0 ? ` Did you mean ${correctedKey(key, tagKey)}?` : '';
  throw new PermanentError(
    `${option}: rolebridge does not read the tag "${key}".${hint} It reads ${tagKey} and ${tagKey}/<name>.`,
  );
};

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html */
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** A plan for a tag that IAM does not take would show what can never happen. */
const assertPossible = (tag: Tag): void => {
  for (const part of ['key', 'value'] as const) {
    const text = tag[part];
    const [length, most] = [charactersOf(text), maxTagCharacters[part]];
    if (length > most)
      throw new PermanentError(`The ${part} of a tag has ${length} characters, and IAM allows ${most}.`);
    if (!tagText.test(text))
      throw new PermanentError(
        `The ${part} "${text}" has a character that IAM does not allow. It allows letters, digits, spaces and _ . : / = + - @.`,
      );
  }
};

/** A role has one tag of a key, in any casing. */
const assertDistinct = (keys: readonly string[]): void => {
  const twice = keys.find((key, at) => keys.findIndex((one) => asciiLower(one) === asciiLower(key)) < at);
  if (twice !== undefined)
    throw new PermanentError(
      `--tag and --untag name the tag "${twice}" twice. A role has one tag of a key, in any casing: name it once.`,
    );
};

const correctedKey = (key: string, tagKey: string): string => [tagKey, ...key.split('/').slice(1)].join('/');
