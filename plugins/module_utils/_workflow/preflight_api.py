# Copyright (c) 2026, the wotrus.pki contributors
# GNU General Public License v3.0 or later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of the API and of the account before the first order."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing as t

from ansible_collections.wotrus.pki.plugins.module_utils._client.api import Api
from ansible_collections.wotrus.pki.plugins.module_utils._client.settings import Settings
from ansible_collections.wotrus.pki.plugins.module_utils._errors import (
    Forbidden,
    InvalidInput,
    MissingLibrary,
    NotFound,
    RejectedByApi,
    TlsFailed,
    Unauthorized,
    Unavailable,
    WotrusError,
)
from ansible_collections.wotrus.pki.plugins.module_utils._model.ids import clean_id, id_key, is_guid
from ansible_collections.wotrus.pki.plugins.module_utils._model.json_types import Json, Params
from ansible_collections.wotrus.pki.plugins.module_utils._texts.by_code import next_step
from ansible_collections.wotrus.pki.plugins.module_utils._texts.message import Message
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.preflight import (
    WARNING,
    CheckResult,
    failed,
    passed,
    refused,
)
from ansible_collections.wotrus.pki.plugins.module_utils._workflow.preflight_host import MOST_ROWS

_MOST_ORDERS = 5
"""The recorded orders that are queried. WoTrus may have forgotten the oldest."""
# No order can have this id. WoTrus answers that it does not know it, or that the token is wrong.
_NO_ORDER = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_CHECK_OF_OPTION = {"api_url": "url", "ca_path": "tls", "proxy": "proxy"}


def check_api(params: Params, settings: t.Callable[[Params], Settings]) -> tuple[list[CheckResult], dt.datetime | None]:
    """Check the API with a Query for an order that cannot exist.

    :param settings: returns the checked settings of the options
    :returns: the checks, and WoTrus's time, if it gave one
    """
    try:
        checked = dataclasses.replace(settings(params), retries=0)
        with Api(checked) as api:
            return _ask(api, checked), api.http.server_time
    except MissingLibrary as exc:
        return [refused("controller", exc)], None
    except InvalidInput as exc:
        # The message begins with the option, or with the variable that set it.
        first = str(exc).partition(" ")[0].lower()
        check = next((check for option, check in _CHECK_OF_OPTION.items() if first.endswith(option)), "token")
        return [failed(check, exc.message, Message("Fix the setting, then run again."))], None


def _ask(api: Api, settings: Settings) -> list[CheckResult]:
    """Query an order that cannot exist, and read the answer."""
    proxy = api.http.proxy
    through = Message("The proxy {proxy} is used." if proxy else "No proxy is used.", proxy=proxy)
    accepted = passed("token", Message("WoTrus accepts the token."))
    answers = passed("url", Message("{host} answers as WoTrus does.", host=settings.host))
    try:
        api.query(_NO_ORDER)
    except (NotFound, RejectedByApi) as exc:
        if exc.is_temporary or not (api.http.is_envelope or _refuses_a_wrong_token(settings)):
            return [_other_answer(settings, exc), passed("proxy", through)]
    except (Unauthorized, Forbidden) as exc:
        accepted = refused("token", exc)
        if not api.http.is_envelope:
            unknown = Message("{host} refuses the token, and may be another server than WoTrus's.", host=settings.host)
            answers = CheckResult("url", WARNING, unknown, Message("Check wotrus_api_url too."))
    except TlsFailed as exc:
        return [passed("proxy", through), refused("tls", exc)]
    except WotrusError as exc:
        unreachable = failed("url", exc.message, Message("Check wotrus_api_url, the network and the proxy."))
        if proxy and exc.answer_lost:
            # Either of them may have kept silent.
            return [unreachable]
        if proxy and isinstance(exc, Unavailable):
            lost = Message("WoTrus cannot be reached through the proxy {proxy}: {error}.", proxy=proxy, error=exc)
            return [failed("proxy", lost, Message("Check wotrus_proxy, or HTTPS_PROXY and NO_PROXY."))]
        return [passed("proxy", through), unreachable]
    tls = passed("tls", Message("The server's certificate verifies."))
    if not settings.validate_certs:
        unverified = Message("The server's certificate is not verified, since validate_certs is false.")
        step = Message("Set validate_certs to true, and wotrus_ca_path to the CA to trust.")
        tls = CheckResult("tls", WARNING, unverified, step)
    return [accepted, answers, tls, passed("proxy", through)]


def _other_answer(settings: Settings, error: WotrusError) -> CheckResult:
    """Return that the answer says nothing about the token: WoTrus is busy, or it is another server."""
    if error.is_temporary:
        return failed("url", error.message, Message("Run again later."))
    return failed(
        "url",
        Message("{host} does not answer as WoTrus does: {error}.", host=settings.host, error=error),
        Message("Correct wotrus_api_url, or leave it out for WoTrus's own address."),
    )


def _refuses_a_wrong_token(settings: Settings) -> bool:
    """Return whether a server answers 401 for a wrong token, as WoTrus does (manual, section 1.2).

    Others answer 404 to any path that they do not know.
    """
    try:
        # No token is that id either.
        with Api(dataclasses.replace(settings, token=_NO_ORDER)) as api:
            api.query(_NO_ORDER)
    except WotrusError as exc:
        return isinstance(exc, Unauthorized)
    return False


def check_recorded_orders(params: Params, settings: t.Callable[[Params], Settings], answer: Json) -> list[CheckResult]:
    """Check that the token's account has an order that the host's records name.

    :param settings: as for :func:`check_api`
    :param answer: of the host, which is not trusted
    """
    claimed = answer.get("order_ids")
    rows = claimed[:MOST_ROWS] if isinstance(claimed, list) else []
    named = {id_key(one): str(clean_id(one)) for one in rows if isinstance(one, str) and is_guid(one)}
    order_ids = list(named.values())[:_MOST_ORDERS]
    if not order_ids:
        return []
    try:
        with Api(dataclasses.replace(settings(params), retries=0)) as api:
            unknown = all(_is_unknown(api, order_id) for order_id in order_ids)
    except WotrusError:
        # The checks of the API say why.
        return []
    if not unknown:
        return [passed("orders", Message("WoTrus knows an order of the host's records."))]
    msg = Message(
        "WoTrus knows no order that the host's records name: {orders}."
        if len(order_ids) == len(named)
        else "WoTrus knows none of {number} orders of the host's records: {orders}. The records name {total}.",
        number=len(order_ids),
        orders=order_ids,
        total=len(named),
    )
    return [failed("orders", msg, next_step(NotFound.error_code))]


def _is_unknown(api: Api, order_id: str) -> bool:
    """Return whether WoTrus does not know an order."""
    try:
        api.query(order_id)
    except (NotFound, RejectedByApi) as exc:
        if exc.is_temporary:
            raise
        return True
    return False
