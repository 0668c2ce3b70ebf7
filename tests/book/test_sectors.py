import pytest

from riskpanel.book.sectors import GICS_SECTORS, SectorLabel, classify_sector

# What sources write, by the name that it means: FMP and yfinance, yfinance's keys, State Street, iShares.
OTHER_LABELS = {
    "Communication Services": (
        "communication_services",
        "Communication",
        "Communications",
        "Telecommunication Services",
        "telecommunication_services",
        "communication-services",
    ),
    "Consumer Discretionary": ("Consumer Cyclical", "consumer_cyclical", "consumer-cyclical"),
    "Consumer Staples": ("Consumer Defensive", "consumer_defensive", "consumer-defensive"),
    "Energy": ("energy",),
    "Financials": ("Financial", "Financial Services", "financial_services", "financial-services"),
    "Health Care": ("Healthcare", "healthcare", "HEALTHCARE"),
    "Industrials": ("industrials", "Industrial"),
    "Information Technology": ("Technology", "technology", "Info Tech", "IT"),
    "Materials": ("Basic Materials", "basic_materials", "basic-materials"),
    "Real Estate": ("realestate", "Realestate", "real-estate", "REITs"),
    "Utilities": ("utilities",),
}


def test_there_are_eleven_sectors_in_the_order_of_the_alphabet():
    assert len(set(GICS_SECTORS)) == 11
    assert list(GICS_SECTORS) == sorted(GICS_SECTORS)
    assert set(OTHER_LABELS) == set(GICS_SECTORS)


@pytest.mark.parametrize("name", GICS_SECTORS)
def test_an_official_name_stands_for_itself_however_it_is_spelled(name):
    for spelling in (name, name.upper(), name.lower().replace(" ", "_"), f"  {name} ", name.replace(" ", "")):
        assert classify_sector(spelling) == SectorLabel(name, "gics", recognized=True)


@pytest.mark.parametrize(
    ("label", "sector"), [(label, sector) for sector, labels in OTHER_LABELS.items() for label in labels]
)
def test_the_labels_of_other_sources_map_to_the_official_name(label, sector):
    assert classify_sector(label).sector == sector
    assert classify_sector(label).recognized


def test_a_label_of_another_vocabulary_says_so():
    assert classify_sector("consumer_cyclical").taxonomy == "mapped"
    assert classify_sector("Technology").taxonomy == "mapped"
    assert classify_sector("utilities").taxonomy == "gics"


@pytest.mark.parametrize("label", ["Space Mining", "Consumer", "Information", "Financials and Energy"])
def test_an_unknown_label_is_unclassified_and_reported(label):
    assert classify_sector(label) == SectorLabel(None, None, recognized=False)


@pytest.mark.parametrize(
    "label", [None, "", " ", "-", "n/a", "N/A", "None", "Unassigned", "Cash/Others", "other"]
)
def test_the_word_for_no_sector_is_unclassified_without_a_warning(label):
    assert classify_sector(label) == SectorLabel(None, None, recognized=True)
