/** Plans every merge request and deploys every merge. It signs in to both clouds with the job's own tokens. */
export const gitlabPipeline = `# Plans each merge request and deploys what is merged, without stored keys. Set these variables of the project:
#   ROLEBRIDGE_PLAN_ROLE       ARN of an AWS role that may read, for merge requests
#   ROLEBRIDGE_DEPLOY_ROLE     ARN of an AWS role that may deploy. Let it trust the default branch alone:
#                              project_path:GROUP/PROJECT:ref_type:branch:ref:main
#   ROLEBRIDGE_GOOGLE_PROVIDER projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER, a pool for GitLab.
#                              Not rolebridge's own pool: rolebridge manages all of its members
#   ROLEBRIDGE_GOOGLE_ACCOUNT  e-mail of a Google service account that may read what "rolebridge plan" reads
.rolebridge:
  image: node:24
  id_tokens:
    AWS_ID_TOKEN:
      aud: sts.amazonaws.com
    GOOGLE_ID_TOKEN:
      aud: https://iam.googleapis.com/$ROLEBRIDGE_GOOGLE_PROVIDER
  variables:
    AWS_REGION: us-east-1
    AWS_WEB_IDENTITY_TOKEN_FILE: $CI_PROJECT_DIR/.aws-token
    GOOGLE_APPLICATION_CREDENTIALS: $CI_PROJECT_DIR/.google-config.json
  before_script:
    - npm ci
    # Both SDKs exchange the tokens for short-lived credentials.
    - printf '%s' "$AWS_ID_TOKEN" > .aws-token
    - printf '%s' "$GOOGLE_ID_TOKEN" > .google-token
    - |
      cat > .google-config.json <<END
      {
        "type": "external_account",
        "audience": "//iam.googleapis.com/$ROLEBRIDGE_GOOGLE_PROVIDER",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/$ROLEBRIDGE_GOOGLE_ACCOUNT:generateAccessToken",
        "credential_source": { "file": "$CI_PROJECT_DIR/.google-token" }
      }
      END

plan:
  extends: .rolebridge
  variables:
    AWS_ROLE_ARN: $ROLEBRIDGE_PLAN_ROLE
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
    - npx rolebridge validate
    - |
      status=0
      npx rolebridge plan --no-color > plan.txt || status=$?
      cat plan.txt
      exit "$status"
  # 2: there is a difference to show. The merge request links the plan.
  allow_failure:
    exit_codes: 2
  artifacts:
    when: always
    expose_as: rolebridge plan
    paths: [plan.txt]

deploy:
  extends: .rolebridge
  variables:
    AWS_ROLE_ARN: $ROLEBRIDGE_DEPLOY_ROLE
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  resource_group: rolebridge
  script:
    - npx rolebridge deploy
`;
