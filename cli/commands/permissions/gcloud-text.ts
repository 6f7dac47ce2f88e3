import { shellWord } from '../../../shared/doctor/commands.ts';
import type { GoogleRole } from '../../../shared/permissions/google.ts';

/** A script that creates custom roles and grants them to "$MEMBER", for an administrator of each project to review and run. */
export const gcloudText = (job: string, roles: readonly GoogleRole[]): string =>
  [
    '#!/bin/sh',
    `# rolebridge permissions --print ${job}: the least Google permissions for this job.`,
    'set -eu',
    ': "${MEMBER:?Set MEMBER to who does the job, such as MEMBER=group:platform@example.com}"',
    ...roles.map(commandsOf),
  ].join('\n');

const commandsOf = ({ project, id, title, permissions }: GoogleRole): string => `
# Project ${project}
gcloud iam roles create ${id} --project ${shellWord(project)} --title ${shellWord(title)} \\
  --permissions ${permissions.join(',')}
gcloud projects add-iam-policy-binding ${shellWord(project)} --condition None \\
  --role ${shellWord(`projects/${project}/roles/${id}`)} --member "$MEMBER"`;
