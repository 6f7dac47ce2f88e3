import type { Settings } from '../core/settings.ts';
import { rolebridge } from './commands.ts';
import { type Finding, failed, listed, ok, unknown, warning } from './finding.ts';
import { isSignInFailure, quoted } from './function-checks.ts';
import type { CallerIdentity, Exchanged, LogLine } from './ports.ts';

/** The role of an assumed-role session; undefined for users, root and federated users. */
export const roleNameOfSession = ({ arn }: CallerIdentity): string | undefined =>
  /^arn:aws:sts::\d{12}:assumed-role\/([^/]+)\//.exec(arn)?.[1];

/** `undefined` where the command may exchange as it is: the role runs here, and it has a grant. */
export const cannotExchange = (
  identity: CallerIdentity,
  named: readonly string[],
  emails: readonly string[],
): Finding | undefined => {
  const roleName = roleNameOfSession(identity);
  const where = 'Run it where the role runs: on an instance or in a task that has it.';
  if (roleName === undefined)
    return unknown(`Not tried: this command runs as ${identity.arn}, which is no session of a role.`, where);
  if (named.length > 0 && !named.includes(roleName))
    return unknown(`Not tried: this command runs as role ${roleName}, not as ${listed(named)}.`, where);
  return emails.length === 0
    ? unknown(
        `Not tried: role ${roleName}, as which this command runs, has no grant and no published config.`,
        where,
      )
    : undefined;
};

export const checkExchange = (
  stage: string,
  roleName: string,
  results: readonly { readonly email: string; readonly exchanged: Exchanged }[],
): Finding => {
  const refused = results.flatMap(({ email, exchanged }) =>
    exchanged.kind === 'refused' ? [{ email, ...exchanged }] : [],
  );
  return refused.length === 0
    ? ok(`Role ${roleName} was given a token of ${listed(results.map(({ email }) => email))}.`)
    : failed(
        refused
          .map(({ email, step, reason }) => `The ${step} for ${email} was refused: ${reason}`)
          .join('\n'),
        `See what that means: ${rolebridge(stage, 'explain')} "<Google's words>"\nA binding takes 2 to 7 minutes until it works everywhere.`,
      );
};

/** Whether the functions get in at Google: their state is right (other checks say so), so only their logs can tell otherwise. */
export const checkOwnExchange = (
  { google: { serviceAccount } }: Settings,
  stage: string,
  lines: readonly LogLine[] | undefined,
): Finding => {
  const last = (lines ?? [])
    .filter(isSignInFailure)
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .at(-1);
  if (last !== undefined)
    return warning(
      `Within 24 hours a function could not sign in as ${serviceAccount}, last ${quoted(last)}`,
      `What the checks above see is right now. If that was mended since, let it try again: ${rolebridge(stage, 'sweep')}\nIf not: ${rolebridge(stage, 'explain')} "<Google's words>"`,
    );
  return ok(
    `Pool, provider, mapping and binding let the functions act as ${serviceAccount}${lines === undefined ? '; their logs could not be read' : ', and no sign-in failed within 24 hours'}.`,
  );
};
