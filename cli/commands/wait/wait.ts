import { clockUntil } from '../../../shared/adapters/clock.ts';
import { findRole } from '../../../shared/app/find-role.ts';
import { durationMilliseconds } from '../../../shared/core/duration.ts';
import { PermanentError, toFailure } from '../../../shared/core/errors.ts';
import { type RoleRef, type Target, targetText } from '../../../shared/core/model.ts';
import {
  isNamedRole,
  type NamedRole,
  parseNamedRole,
  roleLabel,
} from '../../../shared/core/role-argument.ts';
import { parseRoleArn } from '../../../shared/core/role-arn.ts';
import { accountIdsOf, providerOf, type Settings } from '../../../shared/core/settings.ts';
import type { GivenGrant, Judgment } from '../../../shared/wait/judge.ts';
import { lookAtRole } from '../../../shared/wait/look.ts';
import { type ExchangeAnswer, lookAsRole } from '../../../shared/wait/look-as-role.ts';
import { type Waited, wait } from '../../../shared/wait/wait.ts';
import { colors } from '../../colors.ts';
import { type ExitCode, exitCodes } from '../../exit-codes.ts';
import { openRuntime } from '../../open-runtime.ts';
import type { CommandRuntime } from '../../runtime.ts';
import type { Terminal } from '../../terminal.ts';

export interface WaitCommandOptions {
  readonly role: string;
  readonly grant?: string;
  readonly exchange?: boolean;
  readonly timeout: string;
}

/** Waits until a role has what its tags request: bound and published, and with --exchange until a token works. */
export const waitForAccess = async (terminal: Terminal, options: WaitCommandOptions): Promise<ExitCode> => {
  const { role, exchange = false, timeout } = options;
  const timeoutMilliseconds = timeout === '0' ? 0 : durationMilliseconds(timeout);
  if (timeoutMilliseconds === undefined)
    throw new PermanentError(`--timeout must be a duration such as 90s, 10m or 1h, or 0, not "${timeout}".`);
  const deadline = AbortSignal.timeout(Math.min(timeoutMilliseconds || longestLook, longestTimer));
  const runtime = await openRuntime({
    ...terminal,
    signal: AbortSignal.any([terminal.signal, deadline]),
  });
  const settings = runtime.settings();
  const named = parseNamedRole(role, settings);
  const signIn = signedIn(() =>
    (exchange ? lookingAsRole : lookingAsOperator)(runtime, settings, named, options.grant),
  );
  const waited = await terminal.progress(
    `Waiting for the access of role ${roleLabel(accountIdsOf(settings), named)}`,
    () =>
      wait(async () => (await signIn.once(deadline)).look(), {
        clock: clockUntil(terminal.signal),
        timeoutMilliseconds,
        deadline,
        onMissing: (missing) => terminal.logger.info('Still missing.', { missing }),
      }),
  );
  terminal.signal.throwIfAborted();
  const ref = signIn.ref() ?? refOf(named, waited.judgment);
  show(terminal, roleLabel(accountIdsOf(settings), ref), ref, waited, options);
  const exitCode = waited.judgment.kind === 'done' ? exitCodes.done : exitCodes.failed;
  // A call that did not end with the deadline would keep the process.
  if (deadline.aborted) process.stdout.write('', () => process.exit(exitCode));
  return exitCode;
};

/** With --timeout 0, the only look has no time limit of its own. Its calls do, and they repeat some three times. */
const longestLook = 60_000;

/** The limit of a timer in Node: 24 days. No session lives longer. */
const longestTimer = 2 ** 31 - 1;

/** Signs in once. A sign-in that fails ends the command, unless it only took too long. */
const signedIn = (signIn: () => Promise<Looking>) => {
  let looking: Looking | undefined;
  return {
    ref: (): RoleRef | undefined => looking?.ref,
    once: async (deadline: AbortSignal): Promise<Looking> => {
      try {
        return (looking ??= await signIn());
      } catch (thrown) {
        if (deadline.aborted) throw thrown;
        throw new PermanentError(toFailure(thrown).message, { cause: thrown });
      }
    },
  };
};

/** The time was up before anything was read. @throws PermanentError if it is not known which account has the role */
const refOf = ({ roleName, accountId }: NamedRole, judgment: Judgment): RoleRef => {
  if (accountId !== undefined) return { partition: 'aws', accountId, roleName };
  const missing = judgment.kind === 'waiting' ? ` ${judgment.missing.join(' ')}` : '';
  throw new PermanentError(
    `The time was up before it was known which AWS account has role ${roleName}.${missing} Name the account: --role ACCOUNT/${roleName}`,
  );
};

/** The functions may have failed before this command started, right after the tag was set. */
const lookBackMilliseconds = 15 * 60 * 1000;

interface Looking {
  readonly ref: RoleRef;
  readonly look: () => Promise<Judgment>;
}

/** With the operator's credentials for both clouds. */
const lookingAsOperator = async (
  runtime: CommandRuntime,
  settings: Settings,
  named: NamedRole,
  grant: string | undefined,
): Promise<Looking> => {
  await runtime.signIn(settings);
  const { logs } = runtime.history(settings);
  const ports = { ...runtime.own(settings), logs };
  const ref = await findRole(settings, ports.roles, named);
  const since = new Date(ports.clock.now().getTime() - lookBackMilliseconds);
  const query = { ref, names: runtime.names, since, ...(grant === undefined ? {} : { grant }) };
  return { ref, look: () => lookAtRole(settings, ports, query) };
};

/** @throws PermanentError if this command does not run as the role */
const lookingAsRole = async (
  runtime: CommandRuntime,
  settings: Settings,
  named: NamedRole,
  grant: string | undefined,
): Promise<Looking> => {
  const { aws, exchange } = runtime.doctor();
  const { arn } = await aws.identity();
  const caller = parseRoleArn(arn);
  const ref = caller && { partition: 'aws', ...caller };
  const provider = ref && providerOf(settings, ref);
  if (ref === undefined || provider === undefined || !isNamedRole(ref, named))
    throw new PermanentError(
      `--exchange asks Google for a token with the AWS credentials of this process, which are those of ${arn}, not of role ${named.roleName}. Run it where the role runs: on an instance or in a task that has it. Without --exchange, any operator can wait for the binding and the config.`,
    );
  const ports = {
    ...runtime.asCaller(),
    exchange: async (target: Target): Promise<ExchangeAnswer> => {
      const exchanged = await exchange(settings, provider, target);
      switch (exchanged.kind) {
        case 'given':
          return {};
        case 'unproven':
          return { unproven: exchanged.reason };
        case 'refused':
          return {
            refusal: `Google refused the ${exchanged.step} for ${targetText(target)}: ${exchanged.reason}`,
          };
      }
    },
  };
  return {
    ref,
    look: () => lookAsRole(settings, ports, { ref, ...(grant === undefined ? {} : { grant }) }),
  };
};

const show = (
  terminal: Terminal,
  label: string,
  ref: RoleRef,
  { judgment, seconds }: Waited,
  { exchange = false, timeout }: WaitCommandOptions,
): void => {
  const grants = judgment.kind === 'done' ? judgment.grants : [];
  const document = {
    role: ref,
    isDone: judgment.kind === 'done',
    isExchanged: exchange && judgment.kind === 'done',
    seconds,
    grants: grants.map(({ name, target, expiresAt, unproven }) => ({
      name,
      target: targetText(target),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(unproven === undefined ? {} : { unproven }),
    })),
    missing: judgment.kind === 'waiting' ? judgment.missing : [],
    ...(judgment.kind === 'refused' ? { reason: judgment.reason } : {}),
  };
  terminal.show(document, () => text(label, judgment, exchange, timeout));
};

const text = (role: string, judgment: Judgment, isExchange: boolean, timeout: string): string => {
  switch (judgment.kind) {
    case 'done':
      return judgment.grants
        .map((grant) => {
          if (isExchange) return exchangedText(role, grant);
          const { name, target } = grant;
          return colors.green(
            `Role ${role} has its grant ${name}: bound to ${targetText(target)}, and published in every region. Google takes 2 to 7 minutes until a binding works everywhere.`,
          );
        })
        .join('\n');
    case 'refused':
      return colors.red(judgment.reason);
    case 'waiting':
      return [
        colors.red(
          timeout === '0'
            ? `Role ${role} does not have its access yet. Still missing:`
            : `Role ${role} does not have its access after ${timeout}. Still missing:`,
        ),
        ...judgment.missing.map((one) => `- ${one}`),
      ].join('\n');
  }
};

const exchangedText = (role: string, { name, target, unproven }: GivenGrant): string => {
  if (target.kind === 'serviceAccount')
    return colors.green(`Google gave role ${role} a token of ${target.email} (grant ${name}).`);
  return unproven === undefined
    ? colors.green(`With a token of its own, role ${role} has ${targetText(target)} (grant ${name}).`)
    : colors.yellow(
        `Google gave role ${role} a token of its own. Not proven that it has ${targetText(target)} (grant ${name}): ${unproven}`,
      );
};
