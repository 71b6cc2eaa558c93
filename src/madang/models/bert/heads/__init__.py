"""What stands on a BERT encoder, one file a head.

A head takes a finished encoder, fresh or trained, so fine-tuning is
``BertForSequenceClassification(trained.encoder, num_labels=2)``. It takes its encoder over: it
adds a pooler where it needs one and drops it where it does not, as Hugging Face's classes do.
"""
