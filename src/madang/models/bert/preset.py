"""Sizes of published BERT encoders, ready to build: ``BertEncoder(KOBERT, pooler=Pooler(768))``."""

from madang.models.bert.config import BertConfig

# BERT base over 8,002 SentencePiece pieces, of which [PAD] is the second: SKT's KoBERT (2019),
# trained on 5 million sentences of Korean Wikipedia. 92.2 million parameters with its pooler.
KOBERT = BertConfig(vocab_size=8002, pad_token_id=1)
