import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsCall, AwsFault } from './aws/call.ts';
import { type AnsweredFault, awsFault, googleFaults } from './fault-codes.ts';
import type { GoogleCall, GoogleFault } from './google/world.ts';
import { type GoogleAnswer, googleAnswers } from './google-answers.ts';
import type { Interception, Verdict } from './interception.ts';
import type { Stack } from './stack/runner.ts';

/**
 * What befalls one call, the same words for both clouds.
 * `reset`: the connection ends, the call is not performed. `timeout`: no answer until the client gives up, not performed.
 * `answerLost`: performed, then the connection ends. `killedBefore`, `killedAfter`: the container that called is killed,
 * the call not performed or performed.
 */
export type Fault =
  | AnsweredFault
  | 'reset'
  | 'timeout'
  | 'answerLost'
  | 'killedBefore'
  | 'killedAfter'
  | { readonly latencyMilliseconds: number }
  | StrangeAnswer;

/** At calls to Google alone: what a proxy, a perimeter or a wrong endpoint answers instead. */
export interface StrangeAnswer {
  readonly googleAnswer: GoogleAnswer;
}

/** `name`: `ssm:PutParameter` or `iam.serviceAccounts.setIamPolicy`. */
export type CloudCall =
  | { readonly cloud: 'aws'; readonly name: string; readonly call: AwsCall }
  | { readonly cloud: 'google'; readonly name: string; readonly call: GoogleCall };

export interface Position {
  /** @default every call to either cloud */
  readonly matches?: (call: CloudCall) => boolean;
  /** From 1, over the matching calls of both clouds in the order in which they come. @default 1 */
  readonly nth?: number;
  /** How many matching calls from there on. @default 1 */
  readonly times?: number;
  /** Whose containers a kill at a Google call ends, as such a call carries no AWS key. @default those of all functions */
  readonly functionKey?: string;
}

export interface ArmedFault {
  readonly fired: () => boolean;
  /** The calls that it befell. */
  readonly hits: readonly CloudCall[];
  readonly disarm: () => void;
}

export interface FaultyWorld {
  readonly aws: Pick<Interception<AwsCall, AwsFault>, 'intercept'>;
  readonly google: Pick<Interception<GoogleCall, GoogleFault>, 'intercept'>;
  readonly stack: Pick<Stack, 'killCaller' | 'killContainers'>;
}

/**
 * Arms one fault at one position of a world's calls.
 * @example const lost = armFault(world, { matches: ({ name }) => name === 'ssm:PutParameter', nth: 2 }, 'answerLost');
 */
export const armFault = (
  { aws, google, stack }: FaultyWorld,
  { matches = () => true, nth = 1, times = 1, functionKey }: Position,
  fault: Fault,
): ArmedFault => {
  const hits: CloudCall[] = [];
  let seen = 0;
  const isHit = (call: CloudCall): boolean => {
    if (!matches(call)) return false;
    seen += 1;
    if (seen < nth || seen >= nth + times) return false;
    hits.push(call);
    return true;
  };
  const releases = [
    aws.intercept((call) =>
      !isStrange(fault) && isHit({ cloud: 'aws', name: call.action, call })
        ? verdictOf(
            fault,
            (answered) => awsFault(call, answered),
            () => stack.killCaller(call.accessKeyId),
          )
        : undefined,
    ),
    google.intercept((call) => {
      if (!isHit({ cloud: 'google', name: call.method, call })) return undefined;
      return isStrange(fault)
        ? { kind: 'error', ...googleAnswers[fault.googleAnswer] }
        : verdictOf(
            fault,
            (answered) => googleFaults[answered],
            () => stack.killContainers(functionKey),
          );
    }),
  ];
  return {
    hits,
    fired: () => hits.length > 0,
    disarm: () => {
      for (const release of releases) release();
    },
  };
};

const isStrange = (fault: Fault): fault is StrangeAnswer =>
  typeof fault === 'object' && 'googleAnswer' in fault;

/** What a fault comes to, with what each cloud answers. */
const verdictOf = async <Answered>(
  fault: Exclude<Fault, StrangeAnswer>,
  answered: (fault: AnsweredFault) => Answered,
  kill: () => void,
): Promise<Verdict<Answered>> => {
  switch (fault) {
    case 'throttle':
    case '500':
    case '503':
      return { kind: 'error', ...answered(fault) };
    case 'reset':
      return { kind: 'drop' };
    case 'timeout':
      return { kind: 'hang' };
    case 'answerLost':
      return { kind: 'performThenDrop' };
    case 'killedBefore':
      kill();
      return { kind: 'drop' };
    case 'killedAfter':
      return { kind: 'performThenDrop', between: kill };
    default:
      // A world that is closed meanwhile need not wait for it.
      await sleep(fault.latencyMilliseconds, undefined, { ref: false });
      return { kind: 'proceed' };
  }
};

/** Every fault but latency, to run a test over. */
export const everyFault = [
  'throttle',
  '500',
  '503',
  'reset',
  'timeout',
  'answerLost',
  'killedBefore',
  'killedAfter',
] as const satisfies readonly Fault[];
