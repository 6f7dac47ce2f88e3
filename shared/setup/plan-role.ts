import type { WantedRole } from './custom-roles.ts';
import type { ObservedSetup } from './observe.ts';
import { type PlanPart, planPart } from './step.ts';

/** Plans one custom role: creates, undeletes or corrects it. */
export const planRole = (role: WantedRole, { customRoles }: Pick<ObservedSetup, 'customRoles'>): PlanPart => {
  const { name, title, permissions } = role;
  const state = customRoles.get(name);
  if (state === undefined || state.kind === 'absent')
    return planPart({ steps: [{ kind: 'createCustomRole', name, title, permissions }] });
  const faults = roleFaults(role, state.permissions, state.isDisabled === true);
  return planPart({
    steps: [
      ...(state.isDeleted ? [{ kind: 'undeleteCustomRole', name } as const] : []),
      ...(faults.length > 0 ? [{ kind: 'correctCustomRole', name, permissions, faults } as const] : []),
    ],
  });
};

const roleFaults = ({ permissions }: WantedRole, held: readonly string[], isDisabled: boolean) => {
  const missing = permissions.filter((permission) => !held.includes(permission));
  const more = held.filter((permission) => !permissions.includes(permission));
  return [
    ...(isDisabled ? ['it is disabled'] : []),
    ...(missing.length > 0 ? [`it lacks ${missing.join(', ')}`] : []),
    ...(more.length > 0 ? [`it has ${more.join(', ')} as well, which rolebridge does not need`] : []),
  ];
};
