import { type StackNames, stackRegion } from '../core/stack.ts';
import { counted } from '../counted.ts';
import type { Check } from './check.ts';
import { deploy, rolebridge } from './commands.ts';
import type { Context } from './context.ts';
import { type Finding, failed, ok, warning } from './finding.ts';
import type { EventSource, QueueState } from './ports.ts';
import { stackCheck } from './stack-check.ts';

/** The queue between the rules and the function, how Lambda polls it, and its dead letters. */
export const queueChecks = ({ aws, names, stage }: Context): readonly Check[] => {
  const permission = 'sqs:GetQueueUrl, sqs:GetQueueAttributes';
  return [
    stackCheck('event-source', 'Event source mapping', 'lambda:ListEventSourceMappings', async () =>
      checkEventSource(names, stage, await aws.eventSources(names.reconcileFunction)),
    ),
    stackCheck('queue', 'Queue', permission, async () =>
      checkQueue(names.queue, stage, await aws.queue(names.queue)),
    ),
    stackCheck('dead-letter-queue', 'Dead-letter queue', permission, async () =>
      checkDeadLetters(names.deadLetterQueue, names, stage, await aws.queue(names.deadLetterQueue)),
    ),
  ];
};

/** Lambda must poll the queue. */
export const checkEventSource = (
  { queue, reconcileFunction }: Pick<StackNames, 'queue' | 'reconcileFunction'>,
  stage: string,
  sources: readonly EventSource[],
): Finding => {
  const mappings = sources.filter(({ queueArn }) => queueArn.endsWith(`:${queue}`));
  const [first] = mappings;
  if (first === undefined)
    return failed(
      `The function ${reconcileFunction} does not poll the queue ${queue}.`,
      `Deploy the stack: ${deploy(stage)}`,
    );
  if (mappings.some(({ state }) => state === 'Enabled')) return ok(`${reconcileFunction} polls ${queue}.`);
  const { id, state } = first;
  return state.endsWith('ing') && state !== 'Disabling'
    ? warning(
        `The event source mapping ${id} of ${queue} is ${state}.`,
        `Check again in a minute: ${rolebridge(stage, 'doctor')}`,
      )
    : failed(
        `The function ${reconcileFunction} does not poll the queue ${queue}: its event source mapping ${id} is ${state}.`,
        `Enable it: aws lambda update-event-source-mapping --uuid ${id} --enabled --region ${stackRegion}`,
      );
};

/** Ten full batches: the function needs more than seconds to process more. */
const manyMessages = 1_000;

export const checkQueue = (name: string, stage: string, queue: QueueState): Finding => {
  if (queue.kind === 'absent')
    return failed(`${stackRegion} has no queue ${name}.`, `Deploy the stack: ${deploy(stage)}`);
  return queue.waiting < manyMessages
    ? ok(`${name}: ${counted(queue.waiting, 'message')} waiting.`)
    : warning(
        `${queue.waiting} messages wait in ${name}, so tags take effect late.`,
        `Read the function's log: aws logs tail /aws/lambda/${name} --since 1h --region ${stackRegion}`,
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
        `${counted(queue.waiting, 'message')} in ${name}: roles that could not be reconciled in 8 tries, or events that EventBridge could not deliver.`,
        `Find the reason: aws logs filter-log-events --log-group-name /aws/lambda/${reconcileFunction} --filter-pattern '"tried again"' --region ${stackRegion}\n` +
          // SQS does not know the original queue of the messages that EventBridge sent here, so name it.
          `Then return them to the queue: aws sqs start-message-move-task --source-arn ${queue.arn} --destination-arn ${queue.arn.replace(/[^:]*$/, destination)} --region ${stackRegion}`,
      );
};
