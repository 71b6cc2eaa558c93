"""Korean technical documents of 18 projects, 14.9 million characters.

One paragraph a line, code taken out, paragraphs of at least 30 % Hangul. Machine-translated pages
are not among them. The files were put together from the projects' own repositories, whose owner
and name each file bears.
"""

from collections.abc import Iterator

from madang.datasets.card import DatasetCard, Document, data_files
from madang.datasets.folder import DataFolder

SHA256_OF_PROJECT = {
    "DjangoGirls+tutorial": "ff0fd5fa3d65385f98f08a20f48c9b81ae243fea26729b1465c803455badbb6f",
    "MicrosoftDocs+cpp-docs.ko-kr.HT": (
        "7f6290e661fbdad2dc3884456a125afda2bf2b25515f1b0a5553028549c158fb"
    ),
    "MicrosoftDocs+visualstudio-docs.ko-kr.HT": (
        "6b1e8eb4cb06e8e23d2098ffc29b8d947c4429f8deadb5b88ae237c056cbc4f7"
    ),
    "MicrosoftDocs+windows-uwp.ko-kr.HT": (
        "69b65426873576ab7c190b73e6be68c0e19a62b2fb109a37d9baf91e947f207d"
    ),
    "PyTorchKorea+tutorials-kr": "b84da7cbb826417270e52e7495476d8d3da4b217b2a25a5d247a28b911bf6f67",
    "cncf+glossary": "3837173f3897ea5b72bdb4b70bc765917927a5f90a7907b1fa7b4e041989e249",
    "d2l-ai+d2l-ko": "bc13a25bc823c84c7d1e1e92bb20944da335f913c945b8cbc52869c87131dbdd",
    "elixirschool+elixirschool": "340b74611dbe2ad763ed6128b54cc2086ddcc551b2b69a2a92b78c38dc4ad1c4",
    "fastapi+fastapi": "71ba980ae7bf250463476ce6f7ecacdbe63a9c9b68d7148c5f5e53bb8e0630d8",
    "helm+helm-www": "b406da401bbb6a8902fd44a6de811ffad780a6fc84463620fd8da48d334d775f",
    "huggingface+course": "560219817d055c5da46383ea7e931d6326dafc39a7fdf5af6500c2bf82f40930",
    "nodejs+nodejs-ko": "7799af1a92700e0ce307451a71a1b62be7bda84ccb943d6c1cda7196bbbcc79c",
    "progit+progit2-ko": "e59a44dbf0aca776c3cebbf61f549c3e3dfca8a86a79b04edc5d2e96267bc0df",
    "reactjs+ko.react.dev": "23368b790a1f37c0b4f31fd71c4139afea6a6b8b8f846b085348a8a1a77ac270",
    "rinthel+rust-lang-book-ko": "89832bb60d47f0122feb073ee541a75825e4771f5ce5b55eb9c8d037edce9575",
    "tensorflow+docs-l10n": "33623a95310fcbc7abe535cebc0074e5e4a78e176a38a72d1422e25a5ede7873",
    "tldr-pages+tldr": "3f941ce13ce6dcb552484fa95352a2f8f80e1d1504bb9001d2a2699a87219cbf",
    "vuejs-translations+docs-ko": (
        "734eaf33ae8ae6f1f6941e0ef76f6d5e3f2d84e501f6aabf6b4be2cb48e9e826"
    ),
}


def read(folder: DataFolder, split: str) -> Iterator[Document]:
    """Yield the paragraphs, project by project."""
    for file in CARD.files:
        for line in folder.read_lines(file):
            yield Document(text=line)


CARD = DatasetCard(
    name="docs_ko",
    title="Korean technical documents of 18 projects, without labels",
    address="https://github.com/",
    licence="one a project: CC BY 4.0, CC BY-SA 4.0, CC BY-NC-SA 3.0, Apache-2.0, MIT, BSD-3",
    splits={"train": "the paragraphs of all projects"},
    files=data_files({f"{name}.txt": sha256 for name, sha256 in SHA256_OF_PROJECT.items()}),
    read=read,
)
