"""Lines of JSON go on the wire as the text they are."""

import schemathesis

schemathesis.serializer.alias(["application/x-ndjson", "application/jsonl", "application/ndjson"], "text/plain")
