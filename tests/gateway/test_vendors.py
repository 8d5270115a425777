"""Every vendor that has a hook, in the gateway: its samples are believed, understood, and give the same bytes again."""

from __future__ import annotations

import pytest

from stream.connect.vendor import Vendor
from stream.connect.vendors import VENDORS
from stream.connect.verify.schemes import SCHEMES
from stream.contract.decoder import Decoder
from stream.domain.limits import Limits
from stream.gateway.check import is_good, lines_of, try_out
from stream.gateway.hook import Hook
from stream.gateway.hooks import hook_of
from stream.settings import ConnectSettings
from tests.gateway.kit import NOW_US, URL

WITH_HOOK = [vendor for vendor in VENDORS if vendor.hook is not None]
DECODER = Decoder(Limits())
LATEST_US = 1 << 62


def hook(vendor: Vendor, scheme: str = "") -> Hook:
    section = {"name": "acme", "vendor": vendor.name, "secrets": ["user:a secret"], "public_url": f"{URL}/hooks/acme"}
    return hook_of(ConnectSettings.model_validate({**section, "scheme": scheme}), DECODER)


def test_there_are_some() -> None:
    assert {vendor.name for vendor in WITH_HOOK} >= {"zendesk", "chatwoot"}


@pytest.mark.parametrize("vendor", WITH_HOOK, ids=lambda vendor: vendor.name)
def test_samples_are_believed_in_every_scheme_and_understood(vendor: Vendor) -> None:
    assert vendor.hook is not None
    assert vendor.hook.samples
    assert set(vendor.hook.schemes) <= SCHEMES.keys()
    for scheme in vendor.hook.schemes:
        one = hook(vendor, scheme)
        tried = [try_out(one, sample, "", NOW_US, LATEST_US) for sample in vendor.hook.samples]
        assert is_good(tried), "\n".join(line for each in tried for line in lines_of(each))
        taken = [each.taken for each in tried if each.taken is not None]
        assert any(each.records or each.doorbells for each in taken)


@pytest.mark.parametrize("vendor", WITH_HOOK, ids=lambda vendor: vendor.name)
def test_a_sample_gives_events_of_the_contract_and_the_same_bytes_each_time(vendor: Vendor) -> None:
    assert vendor.hook is not None
    one = hook(vendor)
    for sample in vendor.hook.samples:
        request = one.request("POST", "", dict(sample.headers), sample.body)
        first, again = one.read(request, LATEST_US), one.read(request, LATEST_US)
        assert first == again
        for record in first.records:
            decoded = DECODER.decode(record.value, record.key, (), LATEST_US)
            assert isinstance(decoded, tuple), (record.value, decoded)


@pytest.mark.parametrize("vendor", WITH_HOOK, ids=lambda vendor: vendor.name)
@pytest.mark.parametrize("body", [b"null", b"[]", b"{}", b"0", b'""', b'{"id": []}', b'[{"event": {}}]'])
def test_a_document_of_another_kind_is_no_defect(vendor: Vendor, body: bytes) -> None:
    one = hook(vendor)
    taken = one.read(one.request("POST", "", {"content-type": "application/json"}, body), LATEST_US)
    assert not taken.records
    assert taken.letters or taken.passed
