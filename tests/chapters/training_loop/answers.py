"""Mistakes that learners make in *The training loop*, and what its checks must say."""

MISTAKES = {
    "check_one_step": [
        ("(8, -8, 2, -6)", "the loss: it is not 8\nlook at: the mean"),
        ("(-2, None, None, None)", "look at: the square"),
        ("(4, -16, 2, -6)", "the gradient: it is not -16\nlook at: the mean"),
        ("(4, -4, 2, -6)", "what each error is multiplied by"),
        ("(4, 8, 2, -6)", "look at: the sign"),
        ("(4, -8, 0, -6)", "the new w: it is not 0\nlook at: the sign"),
        ("(4, -8, 9, -6)", "look at: the learning rate"),
        ("(4, -8, 1, -6)", "where the step starts"),
        ("(4, -8, 2, 2)", "look at: the gradient that was there before"),
        ("(4, -8, 2, -16)", "look at: the second gradient"),
        ("(4, -8, 2, -8)", "look at: the second backward"),
        ("(4, -8, 2)", "should be four numbers"),
    ],
    "check_accuracy": [
        (
            "sum() → float().mean() & len(targets) → 1",
            "yours is 0.5\nlook at: the last batch",
        ),
        ("dim=1 → dim=0", "look at: each row"),
        ("argmax → argmin", "look at: each row"),
        ("argmax(dim=1) → argmax()", "look at: each row"),
        ("argmax(dim=1) → max(dim=1).values", "look at: each row"),
        ("return → return 100 *", "expected 0.5, yours is 50\nlook at: a fraction"),
        ("/ samples → ", "expected 0.5, yours is 1\nlook at: a fraction"),
        ("/ samples → / len(batches)", "0.5, yours is 1\nlook at: a fraction"),
        ("/ samples → / len(batches) / len(batches[0][1])", "look at: the last batch"),
        ("in batches → in batches[-1:]", "look at: images of all batches"),
        ("logits.argmax → logits.relu().argmax", "logits, which may all be negative"),
        (
            "return correct / samples → return [correct / samples]",
            "expected one number, yours has shape",
        ),
    ],
    "check_train_one_epoch": [
        ("model.train() → pass", "the model computed in eval mode"),
        ("optimizer.zero_grad() → pass", "look at: gradients: they add up"),
        (
            "optimizer.zero_grad() → pass"
            " & model.train() → model.train()\n    optimizer.zero_grad()",
            "look at: gradients: they add up",
        ),
        (
            "optimizer.zero_grad() → pass & backward() → backward()\n"
            "        optimizer.zero_grad(set_to_none=False)",
            "the weights have not moved",
        ),
        (
            "optimizer.zero_grad() → pass"
            " & optimizer.step() → optimizer.step()\n        optimizer.zero_grad()",
            "look at: when gradients are set to zero",
        ),
        ("optimizer.step() → pass", "the weights have not moved"),
        (
            " * len(targets) → "
            " & float(total_loss) / samples → float(total_loss) / len(loader)",
            "look at: the last batch",
        ),
        (
            "targets).sum() → targets).float().mean()"
            " & int(correct) / samples → float(correct) / len(loader)",
            "look at: the last batch",
        ),
        (", targets.to(device) → , targets", "the targets were not moved"),
        ("= images.to(device) → = images", "the images were not moved"),
        (".to(device) → ", "the images were not moved"),
        (
            "images, targets = images.to → images.to",
            "what images.to(…) returned was not used",
        ),
        (".to(device) → .to('cpu')", "the images were moved to cpu, not to meta"),
        (
            ".detach() →  & float(total_loss) → float(total_loss.detach())",
            "old graphs were still in memory\nlook at: what the sum",
        ),
        ("in loader → in [*loader, *loader]", "after it"),
        (
            "optimizer.step() → optimizer.step()\n        logits = model(images)",
            "accuracy: expected 0.75, yours is 1",
        ),
        (
            "raise ValueError → return EpochResult(0.0, 0.0, 0)  #",
            "expected a ValueError, yours returned EpochResult",
        ),
        ("samples == 0 → False", "got a ZeroDivisionError"),
        ("model(images) → model(images).softmax(1)", "last.weight after it: at [0, 0]"),
        ("return EpochResult → EpochResult", "returned None"),
        (
            "return EpochResult → return  & , samples) → )",
            "expected an EpochResult, got tuple",
        ),
        ("float(total_loss) → total_loss", "loss should be a plain float, got Tensor"),
        (
            "optimizer.zero_grad() → pass & optimizer.step() → pass"
            " & model.train() → model.train()\n    optimizer.zero_grad()"
            " & if samples → optimizer.step()\n    if samples",
            "look at: gradients: they add up",
        ),
        ("loss_fn( → nn.functional.cross_entropy(", "which loss function is used"),
        (", samples) → , 4 * len(loader))", "samples: expected 9, yours is 12"),
    ],
    "check_evaluate": [
        (
            "@torch.no_grad() →  & float(total_loss) → float(total_loss.detach())",
            "gradients were recorded",
        ),
        ("with eval_mode(model) → if True", "look at: dropout, which must be off"),
        (
            "with eval_mode(model) → model.eval()\n    if True",
            "were not restored: now eval, eval, eval",
        ),
        (
            "with eval_mode(model) → model.eval()\n    if True"
            " & if samples → model.train()\n    if samples",
            "were not restored: now train, train, train",
        ),
        (
            "with eval_mode(model) → mode = model.training\n"
            "    model.eval()\n    if True"
            " & if samples → model.train(mode)\n    if samples",
            "were not restored: now train, train, train",
        ),
        (
            "with eval_mode(model) → parts = [*model.modules()]\n"
            "    modes = [part.training for part in parts]\n"
            "    model.eval()\n    if True"
            " & if samples → for part, mode in zip(parts, modes):\n"
            "        part.training = mode\n    if samples",
            "look at: what happens to the modes if an error",
        ),
        (
            " * len(targets) → "
            " & float(total_loss) / samples → float(total_loss) / len(loader)",
            "look at: the last batch",
        ),
        (", targets.to(device) → , targets", "the targets were not moved"),
        (
            "images, targets = images.to → images.to",
            "what images.to(…) returned was not used",
        ),
        (" or next(model.parameters()).device → ", "moved to None"),
        (
            "next(model.parameters()).device → 'cpu'",
            "look at: where the model's parameters are",
        ),
        (
            "next(model.parameters()).device → torch.device('cpu')",
            "moved to cpu, not to meta",
        ),
        (
            "raise ValueError → return EpochResult(0.0, 0.0, 0)  #",
            "expected a ValueError, yours returned EpochResult",
        ),
        ("in loader → in [*loader, *loader]", "samples: expected 4, yours is 8"),
        (
            "with eval_mode → model.zero_grad()\n    with eval_mode",
            "changed the model's gradients",
        ),
        ("loss_fn or nn → nn", "look at: the loss that is given"),
        (
            "@torch.no_grad() →  & with → torch.set_grad_enabled(False)\n    with",
            "gradients stay switched off afterwards",
        ),
        (
            "@torch.no_grad() → @torch.enable_grad()"
            " & with eval_mode → optimizer = torch.optim.SGD(model.parameters(), 0.5)\n"
            "    with eval_mode"
            " & total_loss += loss_fn(logits, targets) → "
            "loss = loss_fn(logits, targets)\n"
            "            loss.backward()\n            optimizer.step()\n"
            "            total_loss += loss.detach()",
            "with batches of 4, 4: loss: expected",
        ),
        (
            "eval_mode(model) → eval_mode(model), suppress(OSError)",
            "the loader's error was swallowed",
        ),
    ],
    "check_train_and_validate": [
        (
            "for _ → train_loader = val_loader = "
            "[(torch.zeros(4, 1, 1, 3), torch.zeros(4).long())]\n    for _",
            "it went through train_loader 0 times",
        ),
        ("val_loader → train_loader", "it went through train_loader 2 times"),
        (
            "val_loader → [(torch.zeros(4, 1, 1, 3), torch.zeros(4).long())]",
            "it went through val_loader 0 times",
        ),
        (
            "val_loader → [(torch.zeros(4, 1, 8, 8), torch.zeros(4).long())]",
            "are from a loader that was not given",
        ),
        (
            """
def train_and_validate(model, train_loader, val_loader, **options):
    options["precision"] = "bfloat16"
    history = training.fit(model, train_loader, val_loader, **options)
    return history.train_loss, history.val_loss
""",
            "look at: the training loss of an epoch",
        ),
        ("device=device → device='cpu'", "the images were moved to cpu, not to meta"),
        (
            "evaluate(model, val_loader"
            " → train_one_epoch(model, val_loader, optimizer=optimizer",
            "validation losses: at [0]",
        ),
        (
            "train = training → parts = [training & train_loader → [batch]"
            " & device\n        ) → device\n        ).loss for batch in train_loader]"
            " & train.loss → sum(parts) / len(parts)",
            "batches of 4, 4, 1: training losses: at [0] expected",
        ),
        (
            "val = training → parts = [training & val_loader → [batch]"
            " & device=device)\n → device=device).loss for batch in val_loader]\n"
            " & val.loss → sum(parts) / len(parts)",
            "look at: the last batch",
        ),
        (
            "val = training.evaluate(model, val_loader, loss_fn=loss_fn, device=device)"
            " → losses, sizes = [], []\n"
            "        for images, targets in val_loader:\n"
            "            images, targets = images.to(device), targets.to(device)\n"
            "            losses.append(loss_fn(model(images), targets).item())\n"
            "            sizes.append(len(targets))"
            " & val.loss → float(np.average(losses, weights=sizes))",
            "dropout off",
        ),
        (
            """
def train_and_validate(
    model, train_loader, val_loader, *, epochs, optimizer, loss_fn, device
):
    train_losses, val_losses = [], []
    model.train()
    for _ in range(epochs):
        losses, sizes = [], []
        for images, targets in train_loader:
            images, targets = images.to(device), targets.to(device)
            optimizer.zero_grad()
            loss = loss_fn(model(images), targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            sizes.append(len(targets))
        train_losses.append(float(np.average(losses, weights=sizes)))
        model.eval()
        val = training.evaluate(model, val_loader, loss_fn=loss_fn, device=device)
        val_losses.append(val.loss)
    return train_losses, val_losses
""",
            "look at: the mode at the start",
        ),
        (
            "        val = training.evaluate("
            "model, val_loader, loss_fn=loss_fn, device=device)\n → "
            " &         val_losses.append(val.loss)\n → "
            " & return train_losses, val_losses → val = training.evaluate("
            "model, val_loader, loss_fn=loss_fn, device=device)\n"
            "    return train_losses, epochs * [val.loss]",
            "in 3 epochs it went through val_loader 1 times",
        ),
        (
            "return train_losses, val_losses → return train_losses[-1], val_losses[-1]",
            "expected a loss for each of 1 epoch, got",
        ),
        (
            "return train_losses, val_losses → return train_losses",
            "two lists of losses",
        ),
    ],
}

ACCEPTED = {
    "check_one_step": ["[4.0, -8.0, 2.0, -6.0]"],
    "check_accuracy": [
        "lambda pairs: torch.cat([x.argmax(1) == y for x, y in pairs]).double().mean()"
    ],
    "check_train_one_epoch": ["training.train_one_epoch"],
    "check_evaluate": ["training.evaluate"],
    "check_train_and_validate": [
        """
def train_and_validate(model, train_loader, val_loader, **options):
    options["precision"] = "float32"
    history = training.fit(model, train_loader, val_loader, **options)
    return history.train_loss, history.val_loss
"""
    ],
}

EQUIVALENT = {
    "check_train_and_validate": {
        "val = training.evaluate(model, val_loader, loss_fn=loss_fn, device=device) → "
        "val = training.evaluate(model, val_loader, loss_fn=loss_fn)": "evaluate "
        "takes the model's device by itself"
    },
}
