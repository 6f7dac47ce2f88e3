/** The steps that begin each job. Actions are pinned by their commits. */
const install = `      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
      - uses: actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020 # v4.4.0
        with:
          node-version: 24
      - run: npm ci
`;

/** The variable of the repository holds the ARN of the AWS role. */
const signInAs = (roleVariable: string): string =>
  `      - uses: aws-actions/configure-aws-credentials@b47578312673ae6fa5b5096b330d9fbac3d116df # v4.2.1
        with:
          role-to-assume: \${{ vars.${roleVariable} }}
          aws-region: us-east-1
      - uses: google-github-actions/auth@ba79af03959ebeac9769e648f473a284504d9193 # v2.1.10
        with:
          workload_identity_provider: \${{ vars.ROLEBRIDGE_GOOGLE_PROVIDER }}
          service_account: \${{ vars.ROLEBRIDGE_GOOGLE_ACCOUNT }}
`;

/** Plans every pull request and deploys every merge. It signs in to both clouds with the job's own token. */
export const githubWorkflow = `# Plans each pull request and deploys what is merged, without stored keys. Set these variables of the repository:
#   ROLEBRIDGE_PLAN_ROLE       ARN of an AWS role that may read, for pull requests
#   ROLEBRIDGE_DEPLOY_ROLE     ARN of an AWS role that may deploy. Let it trust the branch main alone:
#                              repo:OWNER/REPOSITORY:ref:refs/heads/main
#   ROLEBRIDGE_GOOGLE_PROVIDER projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER, a pool for GitHub.
#                              Not rolebridge's own pool: rolebridge manages all of its members
#   ROLEBRIDGE_GOOGLE_ACCOUNT  e-mail of a Google service account that may read what "rolebridge plan" reads
name: rolebridge
on:
  pull_request:
  push:
    branches: [main]
permissions: {}
concurrency:
  group: rolebridge-\${{ github.ref }}
jobs:
  plan:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    permissions:
      contents: read
      id-token: write # signs in to both clouds
      pull-requests: write # posts the plan
    steps:
${install}      - run: npx rolebridge validate
${signInAs('ROLEBRIDGE_PLAN_ROLE')}      - id: plan
        name: plan
        run: |
          status=0
          npx rolebridge plan --no-color > plan.txt || status=$?
          cat plan.txt
          echo "status=$status" >> "$GITHUB_OUTPUT"
          # 2: there is a difference to show.
          [ "$status" -eq 0 ] || [ "$status" -eq 2 ]
      - name: post the difference
        if: steps.plan.outputs.status == '2'
        env:
          GH_TOKEN: \${{ github.token }}
          GH_REPO: \${{ github.repository }}
          PULL_REQUEST: \${{ github.event.pull_request.number }}
        run: |
          # GitHub takes at most 65,536 characters.
          { echo 'After the merge, rolebridge would do this:'; echo; sed 's/^/    /' plan.txt; } | head -c 60000 > comment.md
          gh pr comment "$PULL_REQUEST" --body-file comment.md
  deploy:
    if: github.event_name == 'push'
    runs-on: ubuntu-24.04
    timeout-minutes: 45
    permissions:
      contents: read
      id-token: write # signs in to both clouds
    steps:
${install}${signInAs('ROLEBRIDGE_DEPLOY_ROLE')}      - run: npx rolebridge deploy
`;
