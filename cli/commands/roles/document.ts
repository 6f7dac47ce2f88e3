import type { Access } from '../../../shared/core/access.ts';

/** One access for machines (docs/commands.md). The binding and the tag are in the plan. */
export const accessDocument = (found: Access): Omit<Access, 'binding' | 'tagValue'> => {
  const { binding: _, tagValue: __, ...access } = found;
  return access;
};
