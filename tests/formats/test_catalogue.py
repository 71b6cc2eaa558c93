"""A model is found by its short name or by its folder, and a typing error is answered."""

import pytest

from madang.errors import CheckpointError
from madang.formats import catalogue


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    for name in ("ads", "sentiment"):
        folder = tmp_path / "shipped" / name
        folder.mkdir(parents=True)
        (folder / "madang.json").write_text("{}")
    monkeypatch.setattr(catalogue, "SHIPPED", tmp_path / "shipped")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_shipped_model_goes_by_its_name(shipped):
    assert catalogue.names() == ("ads", "sentiment")
    assert catalogue.find_model("ads") == shipped / "shipped" / "ads"


def test_a_folder_of_the_same_name_is_reached_by_its_path(shipped):
    (shipped / "ads").mkdir()
    assert catalogue.find_model("ads") == shipped / "shipped" / "ads"
    assert catalogue.find_model("./ads").resolve() == shipped / "ads"


def test_an_unknown_name_is_answered_with_the_nearest(shipped):
    with pytest.raises(CheckpointError, match="Did you mean 'sentiment'"):
        catalogue.find_model("sentimnet")


def test_an_unknown_folder_is_named(shipped):
    with pytest.raises(CheckpointError, match=r"no folder 'runs/x'.*Shipped models: 'ads'"):
        catalogue.find_model("runs/x")


def test_a_trunk_beside_the_models_is_none_of_them(shipped):
    """Models stand on it; nobody is offered it as one, and whoever names it is told."""
    trunk = shipped / "shipped" / "trunk"
    trunk.mkdir()
    (trunk / "trunk.json").write_text("{}")
    assert catalogue.names() == ("ads", "sentiment")
    with pytest.raises(CheckpointError, match="There is no shipped model or folder 'trunk'"):
        catalogue.find_model("trunk")


def test_a_file_is_answered_with_its_folder(shipped):
    with pytest.raises(CheckpointError, match=r"is a file.*shipped/ads"):
        catalogue.find_model("shipped/ads/madang.json")
