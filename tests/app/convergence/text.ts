import type { Act } from './noise.ts';
import type { Part, Step } from './steps.ts';

/** Steps as one reads them in a failure. */
const actText = (act: Act): string => {
  switch (act.kind) {
    case 'tags': {
      const asks = act.asks.map(
        ({ grant, email, until }) =>
          `${grant}=${email.split('@')[0]}${until === undefined ? '' : ` until ${until}`}`,
      );
      return `tag ${act.roleName} {${asks.join(', ')}} (told ${act.told}×)`;
    }
    case 'delete':
      return `delete ${act.roleName} (told ${act.told}×)`;
    case 'configure': {
      const { regions, prefix, projects, allow } = act.intent;
      return `configure ${[regions, prefix, projects, allow.emails.map((one) => one.split('@')[0]), allow.roles].join(' | ')}`;
    }
    case 'policy': {
      const { edit } = act;
      const what =
        edit.kind === 'withoutOurs'
          ? 'take ours out'
          : `${edit.kind} ${edit.member.replace(/^.*sts::/, '')} as ${edit.role}${edit.title === undefined ? '' : ` if ${edit.title}`}`;
      return `by hand, ${act.email.split('@')[0]}: ${what}`;
    }
    case 'emptyTable':
      return 'the table is emptied';
    case 'plant':
      return `plant ${act.place.slice(0, 60)}: ${act.what}`;
    case 'otherTags':
      return `other tags of ${act.roleName} {${act.others
        .slice(0, 5)
        .map(({ key, value }) => `${key}=${value}`)
        .join(', ')}} ${act.others.length} (told ${act.told}×)`;
    case 'recreate':
      return `re-create ${act.roleName} in another casing {${act.asks.map(({ grant, email }) => `${grant}=${email.split('@')[0]}`).join(', ')}} (told ${act.told}×)`;
    case 'weather':
      return `Google answers ${act.weather.answer} to ${act.weather.on} about ${act.weather.about}, ${act.weather.calls}×`;
    case 'calm':
      return 'Google answers the truth again';
    case 'deleteAccount':
      return `delete account ${act.email}`;
    case 'deleteProject':
      return `delete project ${act.project} (${act.answer})`;
    case 'comeBack':
      return `deleted accounts and projects come back ${act.how}`;
    case 'parameter':
      return `by hand, ${act.region} ${act.name}: ${act.value === undefined ? 'deleted' : (/[a-z]+(?=@[a-z.-]+:gen)/.exec(act.value)?.[0] ?? act.value)}`;
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
      return `\n  ${step.roleName} gets ${step.email.split('@')[0]}, and loses it after ${step.before} calls; then ${step.between} calls of the other; ${step.fault} at ${step.at}`;
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
