#!/bin/sh
# rolebridge setup --print gcloud: Google project acme-identity (123456789012), stage prod.
# ! --opt-in-project acme-data lets rolebridge rewrite the allow policy of EVERY service account of acme-data, including later ones. Anyone who controls rolebridge can then act as any of them. --opt-in opts in a single account.
set -eu

# A new pool, role or service account is not known everywhere immediately.
retry() {
  for pause in 5 10 20 40; do
    "$@" && return
    sleep "$pause"
  done
  "$@"
}

# In rolebridge.yml (gcloud cannot; "rolebridge setup" writes it as well):
#   google.projectNumber: "123456789012"
#   accounts[0].provider: "aws-111122223333"

# enable APIs
gcloud services enable iam.googleapis.com sts.googleapis.com iamcredentials.googleapis.com cloudresourcemanager.googleapis.com \
  --project=acme-identity

# create pool aws-roles
# Used by rolebridge only: every aws_role member of it belongs to rolebridge.
gcloud iam workload-identity-pools create aws-roles \
  --project=acme-identity \
  --location=global \
  --description='managed by rolebridge; owner 111122223333/prod'

# create provider aws-111122223333 for AWS account 111122223333
# attribute.aws_role must be the ARN without its session; google.subject must stay below 128 bytes.
# The condition admits only the account's assumed roles.
gcloud iam workload-identity-pools providers create-aws aws-111122223333 \
  --project=acme-identity \
  --location=global \
  --workload-identity-pool=aws-roles \
  --account-id=111122223333 \
  --attribute-mapping='google.subject=assertion.userid.extract('\''{id}:'\''),attribute.aws_role=assertion.arn.extract('\''{account}assumed-role/'\'') + '\''assumed-role/'\'' + assertion.arn.extract('\''assumed-role/{role}/'\'')' \
  --attribute-condition='assertion.arn.startsWith('\''arn:aws:sts::111122223333:assumed-role/'\'')'

# create service account rolebridge@acme-identity.iam.gserviceaccount.com
gcloud iam service-accounts create rolebridge --project=acme-identity --display-name=rolebridge

# let the AWS role rolebridge-prod-reconcile act as rolebridge@acme-identity.iam.gserviceaccount.com
retry gcloud iam service-accounts add-iam-policy-binding rolebridge@acme-identity.iam.gserviceaccount.com \
  --project=acme-identity \
  --role=roles/iam.workloadIdentityUser \
  --member=principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles/attribute.aws_role/arn:aws:sts::111122223333:assumed-role/rolebridge-prod-reconcile \
  --condition=None

# let the AWS role rolebridge-prod-sweep act as rolebridge@acme-identity.iam.gserviceaccount.com
retry gcloud iam service-accounts add-iam-policy-binding rolebridge@acme-identity.iam.gserviceaccount.com \
  --project=acme-identity \
  --role=roles/iam.workloadIdentityUser \
  --member=principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aws-roles/attribute.aws_role/arn:aws:sts::111122223333:assumed-role/rolebridge-prod-sweep \
  --condition=None

# create role rolebridgePoolReader in project acme-identity
gcloud iam roles create rolebridgePoolReader \
  --project=acme-identity \
  --title='rolebridge pool reader' \
  --permissions=iam.workloadIdentityPools.get \
  --stage=GA

# create role rolebridgeLister in project acme-data
gcloud iam roles create rolebridgeLister \
  --project=acme-data \
  --title='rolebridge lister' \
  --permissions=iam.serviceAccounts.list,iam.serviceAccounts.getIamPolicy \
  --stage=GA

# create role rolebridgeEditor in project acme-data
gcloud iam roles create rolebridgeEditor \
  --project=acme-data \
  --title='rolebridge editor' \
  --permissions=iam.serviceAccounts.get,iam.serviceAccounts.getIamPolicy,iam.serviceAccounts.setIamPolicy \
  --stage=GA

# grant rolebridgePoolReader on project acme-identity
retry gcloud projects add-iam-policy-binding acme-identity \
  --role=projects/acme-identity/roles/rolebridgePoolReader \
  --member=serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com \
  --condition=None

# grant rolebridgeLister on project acme-data
retry gcloud projects add-iam-policy-binding acme-data \
  --role=projects/acme-data/roles/rolebridgeLister \
  --member=serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com \
  --condition=None

# grant rolebridgeEditor on the WHOLE project acme-data
retry gcloud projects add-iam-policy-binding acme-data \
  --role=projects/acme-data/roles/rolebridgeEditor \
  --member=serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com \
  --condition=None

# grant rolebridgeEditor on reader@acme-data.iam.gserviceaccount.com
retry gcloud iam service-accounts add-iam-policy-binding reader@acme-data.iam.gserviceaccount.com \
  --project=acme-data \
  --role=projects/acme-data/roles/rolebridgeEditor \
  --member=serviceAccount:rolebridge@acme-identity.iam.gserviceaccount.com \
  --condition=None
