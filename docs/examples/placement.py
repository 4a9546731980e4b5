#!/usr/bin/env python3
"""A client of placement that needs only the standard library (Python 3.10 and later): copy parts of it, or import it.

    export PLACEMENT_URL=https://placement.mercy.example     # default: http://127.0.0.1:8080
    export PLACEMENT_KEY=plc_...                             # not needed on the machine of an open server

    placement.py match '{"service": "skilled_nursing", "near": {"zip": "64108"}}'
    placement.py batch questions.ndjson                      # one question per line; "-" reads standard input
    placement.py room ccn:265001 skilled_nursing 2026-12-01 2026-12-07 4      # beds; 0 means no room
    placement.py outcome ccn:265001 skilled_nursing declined no_room

Questions travel in bodies, never in addresses, so that no log or proxy on the way keeps what was asked of a patient.
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request

TRIES = 4  # attempts while the server is busy


class Refused(Exception):
    """The server rejected the request: RFC 9457, with one entry per wrong field."""

    def __init__(self, status, problem):
        lines = [f"{status}: {problem.get('title', 'refused')}. {problem.get('detail', '')}"]
        for error in problem.get("errors", []):
            hint = f" ({error['hint']})" if error.get("hint") else ""
            lines.append(f"  {error['pointer']}: {error['detail']}{hint}")
        lines.append(f"  request {problem.get('request_id', 'without id')}")
        super().__init__("\n".join(lines))
        self.status = status
        self.problem = problem


class Unreachable(Exception):
    """The server did not answer, or not completely."""


class Placement:
    """The calls to one server with one key."""

    def __init__(self, url=None, key=None, seconds=30):
        self.url = (url or os.environ.get("PLACEMENT_URL", "http://127.0.0.1:8080")).rstrip("/")
        self.key = key or os.environ.get("PLACEMENT_KEY")
        self.seconds = seconds

    def match(self, question):
        """The ranked report for one question."""
        return self._call("POST", "/v1/matches", question)

    def batch(self, questions):
        """An answer per question, in order, as they arrive: {"line", "status", "answer" or "problem"}."""
        lines = "".join(json.dumps(question) + "\n" for question in questions)
        yield from self.batch_of_lines(lines.encode())

    def batch_of_lines(self, lines):
        """The same for questions that are already lines."""
        with self._send("POST", "/v1/matches:batch", lines, "application/x-ndjson") as response:
            rest = b""
            # Not `for line in response`: that treats an aborted connection as the end.
            while piece := _reading(response.read1):
                *whole, rest = (rest + piece).split(b"\n")
                yield from map(json.loads, whole)

    def set_room(self, provider, rooms):
        """Replaces the availability stated by a provider."""
        return self._call("PUT", f"/v1/providers/{provider}/availability", {"availability": rooms})

    def report_outcome(self, provider, service, reply, why=None):
        """Reports the outcome of a referral: accepted, declined or no_reply. It must contain nothing about the patient."""
        outcome = {"provider": provider, "service": service, "reply": reply}
        if why:
            outcome["why"] = why
        return self._call("POST", "/v1/outcomes", outcome)

    def _call(self, method, path, body):
        with self._send(method, path, json.dumps(body).encode(), "application/json") as response:
            return json.loads(_reading(response.read))

    def _send(self, method, path, body, kind):
        try:
            return self._answer(method, path, body, kind)
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(error) from error

    def _answer(self, method, path, body, kind):
        request = urllib.request.Request(self.url + path, data=body, method=method)
        request.add_header("Content-Type", kind)
        request.add_header("Accept", f"{kind}, application/problem+json")
        if self.key:
            request.add_header("Authorization", f"Bearer {self.key}")
        for left in reversed(range(TRIES)):
            try:
                return urllib.request.urlopen(request, timeout=self.seconds)
            except urllib.error.HTTPError as error:
                wait = error.headers.get("Retry-After")
                if error.code in (429, 503) and wait and left:
                    time.sleep(int(wait))
                    continue
                raise Refused(error.code, _problem(error)) from None


def _reading(read):
    """Runs `read` on an answer; an aborted connection is not an error of a local file."""
    try:
        return read()
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(error) from error


def _problem(response):
    """The problem of a rejected request; a proxy may answer in another format."""
    try:
        problem = json.load(response)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def print_matches(report):
    """The first matches of a report, a line each."""
    counts = ", ".join(f"{count} {fit}" for fit, count in report["counts"].items() if count)
    print(counts)
    for found in report["matches"]:
        miles = found["distance_miles"]
        far = f"{miles} mi" if miles is not None else "comes to the patient"
        print(f"{found['rank']:3} {found['fit']:14} {found['provider']['id']:14} {far:>20}  {found['provider']['name']}")
    for suggestion in report["suggestions"]:
        print("try:", suggestion["text"])


def main(arguments):
    """Runs a command; exits with 65 if a question was wrong, 66 if a file cannot be read, 69 if the server cannot be reached."""
    placement = Placement()
    match arguments:
        case ["match", question]:
            answer = placement.match(json.loads(question))
            for report in answer["bundle"]["reports"] if "bundle" in answer else [answer]:
                print_matches(report)
        case ["batch", path]:
            with sys.stdin.buffer if path == "-" else open(path, "rb") as file:
                lines = file.read()
            wrong = 0
            for answer in placement.batch_of_lines(lines):
                wrong += answer["status"] != 200
                print(json.dumps(answer))
            return 65 if wrong else 0
        case ["room", provider, service, first, last, beds]:
            room = {"service": service, "from": first, "until": last, "room": int(beds) > 0}
            if room["room"]:
                room["beds"] = int(beds)
            print(json.dumps(placement.set_room(provider, [room])))
        case ["outcome", provider, service, reply, *why] if len(why) < 2:
            print(json.dumps(placement.report_outcome(provider, service, reply, *why)))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Refused as refused:
        print(refused, file=sys.stderr)
        sys.exit(65)
    except Unreachable as unreachable:
        print(f"no answer: {unreachable}", file=sys.stderr)
        sys.exit(69)
    except BrokenPipeError:
        # The reader of the output has closed it; discard the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as local:
        print(f"cannot read or write: {local}", file=sys.stderr)
        sys.exit(66)
    except ValueError as wrong:
        print(f"not JSON: {wrong}", file=sys.stderr)
        sys.exit(65)
