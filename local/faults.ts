import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsCall, AwsFault } from './aws/call.ts';
import { type AnsweredFault, awsFault, googleFaults } from './fault-codes.ts';
import type { GoogleCall, GoogleFault } from './google/world.ts';
import { type GoogleAnswer, googleAnswers } from './google-answers.ts';
import type { Interception, Verdict } from './interception.ts';
import type { Stack } from './stack/runner.ts';

/**
 * A fault of one call, by the same name for both clouds.
 * `reset`: the connection ends without the call being performed. `timeout`: the call is not performed or answered until the
 * client gives up. `answerLost`: the call is performed, then the connection ends. `killedBefore`, `killedAfter`: the calling
 * container is killed before or after the call is performed.
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

/** For calls to Google only: the answer of a proxy, a perimeter or a wrong endpoint. */
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
  /** Counts the matching calls of both clouds in order of arrival, starting at 1. @default 1 */
  readonly nth?: number;
  /** The number of matching calls to hit, starting at `nth`. @default 1 */
  readonly times?: number;
  /** The function whose containers a kill ends at a Google call, which carries no AWS key. @default all functions */
  readonly functionKey?: string;
}

export interface ArmedFault {
  readonly fired: () => boolean;
  /** The calls that the fault hit. */
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

/** Translates a fault into a verdict. `answered` gives each cloud's own error. */
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
      // Closing the world does not wait for this timer.
      await sleep(fault.latencyMilliseconds, undefined, { ref: false });
      return { kind: 'proceed' };
  }
};

/** Every fault except latency, for parameterized tests. */
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
