"""What holds for every network of the registry: it explains itself, and its abilities fit."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.networks import composers, manual, registry
from chalicelib.networks.contract import Connects, FindsOwnPost, Network, Publishes
from chalicelib.networks.senders import limits_from_json, limits_to_json
from chalicelib.networks.spec import Option
from chalicelib.publishing.deliveries import ResendClass
from local import networks_table

ROOT = Path(__file__).parents[2]
NAMES = sorted(registry.MODULES)
LANGUAGES = {"fr", "en"}


@pytest.fixture(params=NAMES)
def network(request: pytest.FixtureRequest) -> Network:
    return registry.network(request.param)


def adapter_class(network: Network) -> type:
    opener = network.open
    assert isinstance(opener, type)
    return opener


def test_it_is_registered_under_its_own_name(network: Network) -> None:
    assert registry.network(network.spec.name) is network


def test_it_speaks_french_and_english(network: Network) -> None:
    spec = network.spec
    told = [spec.label, spec.connect_help, spec.price]
    for field in spec.fields:
        told += [field.label, field.help, *field.choices.values()]
    for texts in told:
        assert set(texts) == LANGUAGES
        assert all(text.strip() for text in texts.values())


def test_its_constants_are_justified_by_public_pages(network: Network) -> None:
    assert network.spec.docs
    assert all(link.startswith("https://") for link in network.spec.docs)


def test_its_limits_make_sense_and_survive_being_stored(network: Network) -> None:
    limits = network.spec.limits
    assert limits.text
    assert all(t.maximum > 0 and t.url_length >= 0 for t in limits.text)
    if not limits.video_required:
        assert limits.media.max_count > 0
        assert limits.media.max_bytes >= 100_000
        assert limits.media.max_pixels > 0
        assert "image/jpeg" in limits.media.types
    if limits.video is not None:
        assert "video/mp4" in limits.video.types
        assert limits.video.max_bytes >= 1_000_000
        assert limits.video.max_seconds > limits.video.min_seconds
    assert not limits.video_required or limits.video is not None
    assert (limits.story is not None) == (Option.STORY in network.spec.options)
    if limits.story is not None:
        assert limits.story.media.max_count == 1
        assert "image/jpeg" in limits.story.media.types
    stored = json.loads(json.dumps(limits_to_json(limits)))
    assert limits_from_json(stored, network.spec) == limits


def test_its_abilities_fit_its_class(network: Network) -> None:
    adapter = adapter_class(network)
    by_hand = network.spec.resend_class is ResendClass.PERSON
    blind = network.spec.resend_class is ResendClass.BLIND
    assert issubclass(adapter, Publishes) != by_hand
    assert issubclass(adapter, FindsOwnPost) != (by_hand or blind)
    assert issubclass(adapter, Connects)


def test_its_own_sign_in_page_is_said(network: Network) -> None:
    fields = network.spec.page_fields
    assert (network.oauth is not None) == (fields is not None)
    known = {field.name: field for field in network.spec.fields}
    assert all(known[name].required and not known[name].secret for name in fields or ())


def test_its_secret_fields_are_marked(network: Network) -> None:
    for field in network.spec.fields:
        looks_secret = re.search(r"password|token|secret", field.name) is not None
        assert field.secret == looks_secret
    assert len({field.name for field in network.spec.fields}) == len(network.spec.fields)


def test_it_has_a_page_of_documentation(network: Network) -> None:
    page = ROOT / "docs" / "networks" / f"{network.spec.name}.md"
    text = page.read_text(encoding="utf-8")
    assert network.spec.resend_class.value in text
    for field in network.spec.fields:
        assert f"`{field.name}`" in text, f"{page.name} doesn't explain {field.name}"
    for link in network.spec.docs:
        assert link in text, f"{page.name} doesn't name {link}"


def test_it_has_a_contract_test(network: Network) -> None:
    assert (ROOT / "tests" / "contract" / f"test_{network.spec.name}.py").is_file()


def test_its_module_fits_in_one_room(network: Network) -> None:
    module = importlib.import_module(registry.MODULES[network.spec.name])
    assert module.__file__ is not None
    assert len(Path(module.__file__).read_text(encoding="utf-8").splitlines()) <= 400


def test_the_table_of_networks_has_not_drifted() -> None:
    page = ROOT / "docs" / "networks" / "README.md"
    assert page.read_text(encoding="utf-8") == networks_table.text(), (
        "python -m local.networks_table docs/networks/README.md"
    )


def test_it_has_a_mark(network: Network) -> None:
    sprite = (ROOT / "frontend" / "icons.svg").read_text(encoding="utf-8")
    assert f'id="i-net-{network.spec.name}"' in sprite


def test_it_tells_what_stands_in_the_way_in_both_languages(network: Network) -> None:
    spec = network.spec
    assert set(spec.barrier) in (set(), LANGUAGES)
    assert bool(spec.app) == (network.connect is None)
    assert not spec.app or spec.barrier


def test_it_tells_how_much_may_be_published_where_that_is_documented(network: Network) -> None:
    told = network.spec.quota
    assert set(told) in (set(), LANGUAGES)
    numbers = {language: re.sub(r"\D", "", words) for language, words in told.items()}
    assert len(set(numbers.values())) <= 1, "the languages say other numbers"


def test_it_can_be_pasted_by_hand_too(network: Network) -> None:
    if network.spec.app:
        assert network.spec.name in composers.OPEN
        for language, words in network.spec.barrier.items():
            assert manual.SPEC.label[language] in words


def test_describing_all_keeps_the_order_of_the_registry() -> None:
    assert [spec.name for spec in registry.describe_all()] == list(registry.MODULES)


@pytest.mark.parametrize("name", ["viadeo", "google_plus"])
def test_a_closed_network_says_what_happened(name: str) -> None:
    with pytest.raises(registry.ClosedNetwork) as closed:
        registry.network(name)
    assert set(closed.value.told) == LANGUAGES


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(registry.UnknownNetwork):
        registry.network("myspace")


def test_an_adapter_is_only_imported_when_it_is_asked_for() -> None:
    code = (
        "import sys; from chalicelib.networks import registry, senders\n"
        "registry.network('mastodon')\n"
        "loaded = {'bluesky', 'wordpress', 'telegram', 'webhook', 'site', 'manual'} & "
        "{m.rpartition('.')[2] for m in sys.modules if m.startswith('chalicelib.networks.')}\n"
        "heavy = {'markdown_it', 'nh3', 'PIL', 'requests', 'twitter_text', 'linkify_it'}\n"
        "heavy &= set(sys.modules)\n"
        "print(sorted(loaded | heavy))"
    )
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_who_only_publishes_loads_nothing_of_listening() -> None:
    code = (
        "import sys; from chalicelib.networks import registry, senders\n"
        "registry.describe_all()\n"
        "print(sorted(m for m in sys.modules if m.startswith('chalicelib.listening')"
        " or m.endswith('_hearing') or m.endswith('.markup')))"
    )
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_what_it_says_it_can_do_beside_publishing_has_who_does_it(network: Network) -> None:
    spec = network.spec
    says = spec.hears or bool(spec.finds or spec.tells or spec.moderates)
    assert says == (network.hear is not None)
    assert spec.answers is None or spec.hears


def test_what_charges_for_what_it_tells_knows_what_it_has_spent(network: Network) -> None:
    spec = network.spec
    assert spec.reading is None or spec.charge is not None
    if spec.reading is None or network.hear is None:
        return
    assert min(spec.reading.part, spec.reading.look, spec.reading.channel) > 0
    assert min(spec.reading.post, spec.reading.act) > 0
    assert timedelta(hours=1) <= spec.reading.lively < spec.reading.quiet <= timedelta(days=1)
    assert spec.reading.looks >= timedelta(hours=6)


def test_a_first_comment_has_a_place_where_it_is_offered(network: Network) -> None:
    by_hand = network.spec.resend_class is ResendClass.PERSON
    offers = Option.FIRST_COMMENT in network.spec.options
    assert (network.refs_of_own is not None) == (offers and not by_hand)
    assert network.spec.answers is not None or network.refs_of_own is None


def test_what_may_be_kept_is_said_where_terms_limit_it() -> None:
    keeps = {spec.name: spec.keeps for spec in registry.describe_all() if spec.keeps}
    assert keeps == {
        "linkedin_pages": timedelta(hours=48),
        "google_business": timedelta(days=30),
        "youtube": timedelta(days=30),
    }
    for name in keeps:
        text = (ROOT / "docs" / "networks" / f"{name}.md").read_text(encoding="utf-8")
        assert "keep" in text or "kept" in text
