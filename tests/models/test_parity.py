"""Every family beside its Hugging Face class on tiny random weights: numbers and folders."""

from madang.models.huggingface import from_huggingface


def test_each_model_equals_its_reference(case, open_reference, check_equal):
    reference = case.reference()
    check_equal(case, open_reference(reference), reference)


def test_each_checkpoint_opens_elsewhere_and_comes_back(
    case, tmp_path, open_reference, check_equal, check_round_trip
):
    reference = case.reference()
    fields = reference.config.to_dict() | {"architectures": [type(reference).__name__]}
    ours = from_huggingface(case.family, fields, saved_weights(reference))
    theirs = check_round_trip(case, ours, type(reference))
    check_equal(case, ours, theirs)


def saved_weights(reference):
    """Return what ``save_pretrained`` would write: each tied weight once."""
    seen, weights = set(), {}
    for key, tensor in reference.state_dict().items():
        if tensor.data_ptr() not in seen and "embed_positions" not in key:
            weights[key] = tensor
            seen.add(tensor.data_ptr())
    return weights
