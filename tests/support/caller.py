"""The REST interface as its users see it: tokens fetched with name and password, JSON in and out, nothing else."""

from typing import Any

from rest_framework.test import APIClient

from tests.support.clock import Clock

PASSWORD = "Demo-2012-2014"
PROBLEM = "application/problem+json"


class Callers:
    """Everyone with a token of the day. `api.post("bank", "loans/", {...})` answers the JSON of the expected status."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tokens: dict[tuple[str, Any], str] = {}
        self._keys = 0

    def get(self, name: str, path: str, *, status: int = 200, **query: Any) -> Any:
        answer = self.client(name).get(f"/api/v1/{path}", query)
        assert answer.status_code == status, f"GET {path} by {name}: {answer.status_code} {_text(answer)}"
        return answer.json()

    def rows(self, name: str, path: str, **query: Any) -> list[dict[str, Any]]:
        """All of a list that fits one page."""
        page = self.get(name, path, **query)
        assert page["count"] == len(page["results"])
        return page["results"]

    def only(self, name: str, path: str, **query: Any) -> dict[str, Any]:
        [row] = self.rows(name, path, **query)
        return row

    def post(self, name: str, path: str, body: Any = None, *, status: int = 200, key: str | None = None) -> Any:
        """Every POST has an Idempotency-Key, as a careful client would send it."""
        answer = self.send(name, path, body, key=key)
        assert answer.status_code == status, f"POST {path} by {name}: {answer.status_code} {_text(answer)}"
        return answer.json()

    def send(self, name: str, path: str, body: Any = None, *, key: str | None = None, method: str = "post") -> Any:
        """The answer itself, whatever its status."""
        self._keys += 1
        return getattr(self.client(name), method)(
            f"/api/v1/{path}", body if body is not None else {}, format="json", headers={"Idempotency-Key": key or f"journey-{self._keys}"}
        )

    def client(self, name: str) -> APIClient:
        who = (name, self._clock.day)
        if who not in self._tokens:
            own_machine = f"10.0.0.{sum(name.encode()) % 250 + 1}"  # requests for tokens are limited by address
            answer = APIClient(REMOTE_ADDR=own_machine).post("/api/v1/tokens/", {"username": name, "password": PASSWORD}, format="json")
            assert answer.status_code in (200, 201), _text(answer)
            self._tokens[who] = answer.json()["token"]
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {self._tokens[who]}")
        return client


def _text(answer: Any) -> str:
    return answer.content.decode()[:600]
