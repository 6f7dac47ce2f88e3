import { roleText } from '../../../shared/core/model.ts';
import type { Act } from './noise.ts';
import { placeOf } from './roles.ts';
import type { Part, Step } from './steps.ts';
import { targetText } from './targets.ts';

/** Steps as a failure prints them. */
const actText = (act: Act): string => {
  switch (act.kind) {
    case 'tags': {
      const asks = act.asks.map(
        ({ grant, target, until }) =>
          `${grant}=${targetText(target)}${until === undefined ? '' : ` until ${until}`}`,
      );
      return `tag ${roleText(act.role)} {${asks.join(', ')}} (event delivered ${act.deliveries}×)`;
    }
    case 'delete':
      return `delete ${roleText(act.role)} (event delivered ${act.deliveries}×)`;
    case 'configure': {
      const { members = [], regions, prefix, projects, allow } = act.intent;
      const accounts = members.map(({ id, regions: own = [] }) => [id, ...own].join(' '));
      return `configure ${[accounts, regions, prefix, projects, [...allow.emails, ...(allow.direct ?? [])].map(targetText), allow.roles, allow.accounts ?? 'all'].join(' | ')}`;
    }
    case 'policy': {
      const { edit } = act;
      const what =
        edit.kind === 'withoutOurs'
          ? 'take ours out'
          : `${edit.kind} ${edit.member.replace(/^.*sts::/, '')} as ${edit.role}${edit.title === undefined ? '' : ` if ${edit.title}`}`;
      return `by hand, ${act.resource.split('@')[0]}: ${what}`;
    }
    case 'permissions':
      return `${act.googleRole} has permissions: ${act.permitted}`;
    case 'emptyTable':
      return 'the table is emptied';
    case 'plant':
      return `plant ${act.place.slice(0, 60)}: ${act.what}`;
    case 'otherTags':
      return `other tags of ${roleText(act.role)} {${act.others
        .slice(0, 5)
        .map(({ key, value }) => `${key}=${value}`)
        .join(', ')}} ${act.others.length} (event delivered ${act.deliveries}×)`;
    case 'recreate':
      return `re-create ${roleText(act.role)} in another casing {${act.asks.map(({ grant, target }) => `${grant}=${targetText(target)}`).join(', ')}} (event delivered ${act.deliveries}×)`;
    case 'weather':
      return `Google answers ${act.weather.answer} to ${act.weather.on} about ${act.weather.about}, ${act.weather.calls}×`;
    case 'calm':
      return 'Google and AWS answer the truth again';
    case 'awsWeather': {
      const { accountId, answer, on, skip, calls } = act.weather;
      return `account ${accountId}: ${answer} to ${on} after ${skip} calls, ${calls}×`;
    }
    case 'forge': {
      const { from, about, eventName, how } = act.forgery;
      return `account ${from} forges ${eventName} of ${roleText(about)}, which ${how}`;
    }
    case 'deleteAccount':
      return `delete account ${act.email}`;
    case 'deleteProject':
      return `delete project ${act.project} (${act.answer})`;
    case 'comeBack':
      return `deleted accounts and projects come back ${act.how}`;
    case 'parameter':
      return `by hand, ${placeOf(act, '')}${act.name}: ${act.value === undefined ? 'deleted' : (/[a-z]+(?=@[a-z.-]+:gen)/.exec(act.value)?.[0] ?? act.value)}`;
  }
};

const partText = (part: Part, index: number): string => {
  switch (part.kind) {
    case 'reconcile':
      return `reconcile ${index} of messages ${part.picks.join(',')}${part.isStale ? ', stale' : ''}`;
    case 'sweep':
      return `sweep ${index}`;
    case 'act':
      return `act ${index}: ${actText(part.act)}`;
  }
};

export const stepText = (step: Step): string => {
  switch (step.kind) {
    case 'act':
      return `\n  ${actText(step.act)}`;
    case 'duel':
      return `\n  ${roleText(step.role)} gets ${targetText(step.target)}, and loses it after ${step.before} calls; then ${step.between} calls of the other; ${step.fault} at ${step.at}`;
    case 'unreadableFolders':
      return `\n  ${roleText(step.role)} gets ${targetText(step.target)}, and loses it while ${step.calls} reads of its folders fail`;
    case 'drain':
      return `\n  the rule for ${targetText(step.target)} goes and returns; bound by hand between: ${step.member.replace(/^.*sts::/, '')}; then ${roleText(step.role)} asks`;
    case 'adopt':
      return `\n  a person answers for the members of ${step.resource}: ${step.verdict}`;
    case 'quiet':
      return `\n  the queue runs dry${step.isSwept ? ', and a sweep' : ''}`;
    case 'wait':
      return `\n  wait ${step.minutes} minutes`;
    case 'scene': {
      const order = step.order.map(([who, calls]) => `${who}×${calls}`).join(' ');
      const faults = step.faults.map(([call, fault]) => `${fault} at ${call}`).join(', ');
      return `\n  scene [${step.parts.map(partText).join(' ∥ ')}] order ${order || 'as they come'}; faults: ${faults || 'none'}`;
    }
  }
};
