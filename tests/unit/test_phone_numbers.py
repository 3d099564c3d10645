"""What looks like a telephone number in a post, and what only has digits."""

from __future__ import annotations

import pytest

from chalicelib.networks.phone_numbers import has_phone_number


@pytest.mark.parametrize(
    "spelt",
    [
        "01 23 45 67 89",
        "0123456789",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "06/12/34/56/78",
        "06 12 34 56 78",
        "06\u00a012\u00a034\u00a056\u00a078",
        "06\u202f12\u202f34\u202f56\u202f78",
        "06 - 12 - 34 - 56 - 78",
        "06\u201312\u201334\u201356\u201378",
        "02. 99. 12. 34. 56",
        "0 800 123 456",
        "0800 123 456",
        "0 805 12 34 56",
        "0 892 68 12 34",
        "+33 1 23 45 67 89",
        "+33123456789",
        "+33 (0)6 12 34 56 78",
        "+33(0)612345678",
        "0033 6 12 34 56 78",
        "00 33 6 12 34 56 78",
        "+33 6.12.34.56.78",
        "+590 690 12 34 56",
        "+262 692 12 34 56",
        "+32 470 12 34 56",
        "+41 22 345 67 89",
        "+ 33 6 12 34 56 78",
        "tel:+33612345678",
    ],
)
def test_a_number_is_seen_however_it_is_spelt(spelt: str) -> None:
    assert has_phone_number(f"Réservez au {spelt}, jusqu’à midi.")
    assert has_phone_number(spelt)
    assert has_phone_number(f"Tél.:{spelt}.")


@pytest.mark.parametrize(
    "text",
    [
        "Ouvert le 01/12/2026 de 9 h à 18 h 30",
        "Du 01.12.2026 14 h au 05.12.2026 20 h",
        "01-12-2026 / 05-12-2026",
        "2026-12-01 09:30:00",
        "35000 Rennes, 12 rue du 11 novembre 1918",
        "SIRET 812 345 678 00012",
        "TVA FR 12 345678901",
        "IBAN FR76 3000 1007 9412 3456 7890 185",
        "Plus de 1 000 000 de pains, 12,50 € au lieu de 15,00 €",
        "+10 000 000 de visiteurs",
        "De 01 à 05 puis 10 12 14",
        "https://exemple.fr/0612345678?tel=+33612345678",
        "www.exemple.fr/0612345678",
        "code 00001234567890",
        "1,0123456789",
        "n° 10612345678",
        "",
    ],
)
def test_other_digits_are_no_number(text: str) -> None:
    assert not has_phone_number(text)
