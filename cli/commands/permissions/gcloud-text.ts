import { shellWord } from '../../../shared/doctor/commands.ts';
import type { GoogleRole } from '../../../shared/permissions/google.ts';

/** A script that creates custom roles and grants them to "$MEMBER", for an administrator of each project to review and run. */
export const gcloudText = (job: string, roles: readonly GoogleRole[]): string =>
  `#!/bin/sh
# rolebridge permissions --print ${job}: the least Google permissions for this job.
set -eu
: "\${MEMBER:?Set MEMBER to the person or group, such as MEMBER=group:platform@example.com}"

# Creates a custom role or, if it exists, corrects it, and grants it.
role() {
  gcloud --quiet iam roles create "$2" --project "$1" --title "$3" --permissions "$4" ||
    gcloud --quiet iam roles update "$2" --project "$1" --title "$3" --permissions "$4"
  gcloud --quiet projects add-iam-policy-binding "$1" --condition None \\
    --role "projects/$1/roles/$2" --member "$MEMBER"
}

${roles.map(callOf).join('\n')}`;

const callOf = ({ project, id, title, permissions }: GoogleRole): string =>
  `role ${shellWord(project)} ${id} ${shellWord(title)} \\\n  ${permissions.join(',')}`;
