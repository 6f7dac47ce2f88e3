import type { Rule as EventRule } from '@aws-sdk/client-eventbridge';
import { numbered, rule, type Steps, without } from './aws-subject.ts';

const Rule = rule.name;
const byName = (a: EventRule, b: EventRule) => ((a.Name ?? '') < (b.Name ?? '') ? -1 : 1);

const ruleSteps: Steps = {
  'describes a rule': async ({ events }) => {
    const { EventPattern, ...rest } = await events.describeRule({ Name: Rule });
    return { ...rest, pattern: JSON.parse(EventPattern ?? '') as unknown };
  },
  'describes a schedule': ({ events }) => events.describeRule({ Name: rule.schedule }),
  'lists rules': async ({ events }) =>
    // moto lists them in the order of creation.
    (await events.listRules({})).Rules?.toSorted(byName).map((one) => without(one, 'EventPattern')),
  'lists rules by prefix': async ({ events }) =>
    (await events.listRules({ NamePrefix: 'hour' })).Rules?.map(({ Name }) => Name),
  'lists the targets of a rule': ({ events }) => events.listTargetsByRule({ Rule }),
  'disables a rule': async ({ events }) => {
    await events.disableRule({ Name: Rule });
    return (await events.describeRule({ Name: Rule })).State;
  },
  'enables a rule': async ({ events }) => {
    await events.enableRule({ Name: Rule });
    return (await events.describeRule({ Name: Rule })).State;
  },
  'does not describe a rule that is not there': ({ events }) => events.describeRule({ Name: 'not' }),
  'does not disable a rule that is not there': ({ events }) => events.disableRule({ Name: 'not' }),
  'does not enable a rule that is not there': ({ events }) => events.enableRule({ Name: 'not' }),
  'does not list the targets of a rule that is not there': ({ events }) =>
    events.listTargetsByRule({ Rule: 'not' }),
};

const entry = { Source: 'rolebridge', DetailType: 'Google Access Granted', Detail: '{}' };

export const eventSteps: Steps = {
  ...ruleSteps,
  'puts events': ({ events }) => events.putEvents({ Entries: [entry, entry] }),
  'fails the entries that are not well formed': ({ events }) => {
    const { Source, DetailType, Detail } = entry;
    const broken = [
      { ...entry, Detail: 'no json' },
      { DetailType, Detail },
      { Source, Detail },
      { Source, DetailType },
    ];
    return events.putEvents({ Entries: [entry, ...broken] });
  },
  'does not put eleven events': ({ events }) => events.putEvents({ Entries: numbered(11, () => entry) }),
};
