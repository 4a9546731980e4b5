#!/usr/bin/env bash
# Every common call of placement with curl. Runs from top to bottom with the built-in sample:
#
#     placement serve --sample &
#     docs/examples/curl.sh
#
# PLACEMENT_URL is the server and PLACEMENT_KEY the API key; a server on this machine without [access] needs no key.
set -euo pipefail

url=${PLACEMENT_URL:-http://127.0.0.1:8080}

# One call, repeated if the server is busy or has no directory yet. The key is read from a file that only its owner can open, because
# arguments of a program are visible to everybody on the machine.
call() {
    local method=$1 path=$2
    shift 2
    curl --silent --show-error --fail-with-body --max-time 30 --retry 5 --request "$method" "$@" \
        --config <(printf 'url = "%s"\n' "$url$path"
                   [ -z "${PLACEMENT_KEY:-}" ] || printf 'header = "Authorization: Bearer %s"\n' "$PLACEMENT_KEY") ||
        { local failed=$?; echo; return $failed; }
    echo
}

ask() {
    local path=$1 body=$2
    shift 2
    call POST "$path" --header 'Content-Type: application/json' --data "$body" "$@"
}

tell() {
    call PUT "$1" --header 'Content-Type: application/json' --data "$2"
}

question='{"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"program": "medicare"}, "limit": 3}'

echo '# is it there, and how old is its directory?'
call GET /readyz --retry-connrefused --retry 30 --retry-delay 1 # it may be starting still
call GET /v1/directory

echo '# the words a question may use'
call GET /v1/services
call GET /v1/needs
call GET '/v1/plans?name=choice'

echo '# who can take the patient'
report=$(ask /v1/matches "$question")
echo "$report"
provider=$(sed -n 's/.*"provider":{"id":"\([^"]*\)".*/\1/p' <<<"$report" | head -n 1)
provider=${provider:-ccn:265001}

echo '# one provider: every fact with its source, and why it stands where it stands'
call GET "/v1/providers/$provider"
ask /v1/explain "{\"discharge\": $question, \"provider\": \"$provider\"}"

echo '# several questions, a line each; the second is wrong and the third is answered all the same'
printf '%s\n' "$question" '{"service": "snf"}' '{"service": "hospice", "near": {"zip": "64108"}}' |
    call POST /v1/matches:batch --header 'Content-Type: application/x-ndjson' --data-binary @-

echo '# what a provider says of itself, until the day it names'
tomorrow=$(date -d tomorrow +%F 2>/dev/null || date -v+1d +%F)
tell "/v1/providers/$provider/availability" \
    "{\"availability\": [{\"service\": \"skilled_nursing\", \"until\": \"$tomorrow\", \"room\": true, \"beds\": 2}]}"
tell "/v1/providers/$provider/statements" \
    '{"statements": [{"service": "skilled_nursing", "need": "inf.abx", "answer": true}]}'
call GET "/v1/providers/$provider/availability"

echo '# what became of a referral'
ask /v1/outcomes "{\"provider\": \"$provider\", \"service\": \"skilled_nursing\", \"reply\": \"accepted\"}"

echo '# the list a patient is given, as a page for the printer'
list=$(ask /v1/choice-lists "{\"discharge\": {\"service\": \"skilled_nursing\", \"near\": {\"zip\": \"64108\"}}}" --header 'Accept: text/html')
echo "${list:0:300}"

echo '# what an EHR asks at discharge'
call GET /cds-services
ask /cds-services/placement '{
    "hook": "encounter-discharge", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"userId": "Practitioner/1", "patientId": "2", "encounterId": "3"},
    "prefetch": {
        "serviceRequest": {"resourceType": "ServiceRequest", "status": "active",
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "449411000124106"}]}},
        "coverage": {"resourceType": "Coverage", "status": "active", "payor": [{"display": "Medicare"}]},
        "location": {"resourceType": "Location", "address": {"postalCode": "64108"}}}}'

echo '# a wrong question: 422 with every wrong field at once, and curl ends with 22'
ask /v1/matches '{"service": "snf", "near": {"zip": "64180"}}' || [ $? -eq 22 ]
