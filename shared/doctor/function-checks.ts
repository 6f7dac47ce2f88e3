import { type StackNames, stackRegion } from '../core/stack.ts';
import { deploy, rolebridge } from './commands.ts';
import { type Finding, failed, numbered, ok, okUnless, type Problem, warning } from './finding.ts';
import type { EventSource, FunctionState, LogLine, QueueState } from './ports.ts';

interface Deployed {
  readonly name: string;
  readonly state: FunctionState;
}

/** A function that was idle for weeks is put to sleep: it wakes at the first call. */
const usable = new Set(['Active', 'Inactive']);

const faultOf = (stage: string, { name, state }: Deployed): Problem | undefined => {
  if (state.kind === 'absent')
    return { message: `${stackRegion} has no function ${name}.`, fix: `Deploy the stack: ${deploy(stage)}` };
  if (!usable.has(state.state) || state.lastUpdate === 'Failed')
    return {
      message: `The function ${name} is ${state.state}, its last update ${state.lastUpdate}${state.reason === '' ? '' : ` (${state.reason})`}.`,
      fix: `Deploy it anew: ${deploy(stage)}`,
    };
  return state.roleArn.endsWith(`:role/${name}`)
    ? undefined
    : {
        message: `The function ${name} runs as ${state.roleArn}; Google admits the role ${name} alone.`,
        fix: `Deploy it with its own role: ${deploy(stage)}`,
      };
};

/** The two functions: there, active, each as the role that Google admits. */
export const checkFunctions = (stage: string, functions: readonly Deployed[]): Finding => {
  if (functions.every(({ state }) => state.kind === 'absent'))
    return failed(
      `No stage ${stage} of rolebridge is deployed in ${stackRegion}: there is no function ${functions.map(({ name }) => name).join(' and no ')}.`,
      `Deploy it: ${deploy(stage)}\nOr name the stage that is deployed: rolebridge doctor --stage <name>`,
    );
  const problems = functions.map((one) => faultOf(stage, one)).filter((fault) => fault !== undefined);
  return okUnless(problems, `${functions.map(({ name }) => name).join(' and ')} are deployed and active.`);
};

/** Lambda takes messages from the queue. */
export const checkEventSource = (
  { queue, reconcileFunction }: Pick<StackNames, 'queue' | 'reconcileFunction'>,
  stage: string,
  sources: readonly EventSource[],
): Finding => {
  const own = sources.filter(({ queueArn }) => queueArn.endsWith(`:${queue}`));
  const [first] = own;
  if (first === undefined)
    return failed(
      `The function ${reconcileFunction} does not take from the queue ${queue}.`,
      `Deploy the stack: ${deploy(stage)}`,
    );
  const { id, state } = first;
  if (own.some((one) => one.state === 'Enabled')) return ok(`${reconcileFunction} takes from ${queue}.`);
  return state.endsWith('ing') && state !== 'Disabling'
    ? warning(
        `The event source mapping ${id} of ${queue} is ${state}.`,
        `Look again in a minute: ${rolebridge(stage, 'doctor')}`,
      )
    : failed(
        `The function ${reconcileFunction} takes nothing from the queue ${queue}: its event source mapping ${id} is ${state}.`,
        `Enable it: aws lambda update-event-source-mapping --uuid ${id} --enabled --region ${stackRegion}`,
      );
};

/** Ten full batches: more than that is not worked off within seconds. */
const manyWaiting = 1_000;

export const checkQueue = (name: string, stage: string, queue: QueueState): Finding => {
  if (queue.kind === 'absent')
    return failed(`${stackRegion} has no queue ${name}.`, `Deploy the stack: ${deploy(stage)}`);
  return queue.waiting < manyWaiting
    ? ok(`${name}: ${numbered(queue.waiting, 'message')} waiting.`)
    : warning(
        `${queue.waiting} messages wait in ${name}: tags take effect late.`,
        `See what the function says: aws logs tail /aws/lambda/${name} --since 1h --region ${stackRegion}`,
      );
};

export const checkDeadLetters = (
  name: string,
  { reconcileFunction, queue: destination }: Pick<StackNames, 'reconcileFunction' | 'queue'>,
  stage: string,
  queue: QueueState,
): Finding => {
  if (queue.kind === 'absent')
    return failed(`${stackRegion} has no queue ${name}.`, `Deploy the stack: ${deploy(stage)}`);
  return queue.waiting === 0
    ? ok(`${name} is empty.`)
    : failed(
        `${numbered(queue.waiting, 'message')} in ${name}: roles that could not be reconciled in 8 tries, or events that EventBridge could not deliver.`,
        `See why: aws logs filter-log-events --log-group-name /aws/lambda/${reconcileFunction} --filter-pattern '"tried again"' --region ${stackRegion}\n` +
          // SQS does not know where the messages of EventBridge belong.
          `Then hand them back: aws sqs start-message-move-task --source-arn ${queue.arn} --destination-arn ${queue.arn.replace(/[^:]*$/, destination)} --region ${stackRegion}`,
      );
};

/** What a function says where Google does not let it in (shared/adapters/google/identity.ts). */
export const isSignInFailure = ({ text }: LogLine): boolean => text.includes('could not sign in to Google');

const longestLine = 300;

export const quoted = ({ functionName, at, text }: LogLine): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return `${functionName} at ${at}: ${line.length > longestLine ? `${line.slice(0, longestLine)}…` : line}`;
};

/** The last failure in the functions' logs; where Google did not let them in is another check's. */
export const checkErrors = (lines: readonly LogLine[]): Finding => {
  const errors = lines
    .filter((line) => !isSignInFailure(line))
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const last = errors.at(-1);
  return last === undefined
    ? ok('No function ended in an error within 24 hours.')
    : warning(
        `${numbered(errors.length, 'error')} within 24 hours, the last one of ${quoted(last)}`,
        `Read on: aws logs tail /aws/lambda/${last.functionName} --since 1d --region ${stackRegion}\ndocs/operations.md says what to do.`,
      );
};
