"""Mistakes that learners make in *CIFAR-10*, and what its checks must say."""

WAVERS = "the same images get other logits the second time"

MISTAKES = {
    "check_statistics": [
        (
            "lambda counts: (counts.mean(axis=1), counts.std(axis=1))",
            "look at: the levels",
        ),
        (
            "share = counts → counts = counts > 0\n    share = counts",
            "yours is 0.5; 2 of 2 cells are wrong\nlook at: how often",
        ),
        (
            "(counts.shape[1] - 1) → counts.shape[1]",
            "expected 1, yours is 0.5\nlook at: the lev",
        ),
        ("(counts.shape[1] - 1) → 255", "look at: the levels: black is 0, white is 1"),
        (
            " / (counts.shape[1] - 1) → ",
            "expected 0.5, yours is 1\nlook at: the levels",
        ),
        ("np.sqrt → ", "expected 0.5, yours is 0.25\nlook at: the deviation"),
        (
            "values - mean[:, None] → values",
            "expected 0, yours is 1\nlook at: the levels: black",
        ),
        (
            "np.sqrt((share * distance**2) → ((share * abs(distance))",
            "look at: how often",
        ),
        (
            "mean, np.sqrt( → mean, np.sqrt((1 + 1 / (counts.sum(axis=1) - 1)) * ",
            "yours is 0.7071068\nlook at: the deviation",
        ),
        (
            "share = counts → counts = np.ones_like(counts) * counts.sum(axis=0)\n"
            "    share = counts",
            "look at: the channels",
        ),
        (
            "mean, np.sqrt((share * distance**2).sum(axis=1))"
            " → np.sqrt((share * distance**2).sum(axis=1)), mean",
            "look at: the levels",
        ),
        (
            ", np.sqrt((share * distance**2).sum(axis=1)) → ",
            "expected shape (2, 1), yours has shape (1,)",
        ),
        (
            "share = counts / → share = counts\n    counts //=",
            "changed the counts it was given",
        ),
    ],
    "check_cifar_cnn": [
        (
            "class CifarCNN(models.CifarCNN): ...",
            "it takes over the ready-made CifarCNN",
        ),
        (
            "nn.Conv2d(3, → nn.ReLU(), nn.Conv2d(3,",
            "its first layer does not get the images as they are",
        ),
        (
            "nn.Conv2d(3, → nn.Conv2d(1,",
            "expected weights of shape (32, 3, 3, 3), it has (32, 1, 3, 3)",
        ),
        (
            "64, kernel_size=3, stride=2 → 64, kernel_size=3",
            "Conv2d(32, 64) on 32 × 32 cells: expected a map of 15 × 15",
        ),
        (
            "stride=2 → stride=2, padding=1",
            "expected a map of 15 × 15, got 16 × 16\nlook at: what the",
        ),
        (
            "stride=2 → stride=2, padding=1 & 3 * 3 → 4 * 4",
            "look at: what the table says of each convolution",
        ),
        (
            "3 * 3 → 4 * 4",
            "expected weights of shape (1024, 1152), it has (1024, 2048)",
        ),
        ("nn.Flatten(), → ", "look at: forward: self and images in its head"),
        (
            "nn.Dropout → nn.Identity",
            "expected 50% of what enters Linear(1152, 1024) to be dropped, got 0%",
        ),
        (
            "Dropout(0.5) → Dropout(p=0.2) & Dropout(0.2) → Dropout(0.5)",
            "look at: where dropout stands",
        ),
        ("0.2 → 0.5", "expected 20% of what enters Linear(1024, 10) to be dropped"),
        ("0.2 → 0.8", "expected 20% of what enters Linear(1024, 10)"),
        (
            "num_classes), → num_classes), nn.Dropout(),",
            "expected 0% of the logits to be dropped",
        ),
        (
            "nn.Conv2d(3, → nn.Dropout(0.2), nn.Conv2d(3,",
            "expected 0% of what enters Conv2d(3, 32) to be dropped",
        ),
        (
            "num_classes), → num_classes), nn.Softmax(dim=1),",
            "look at: what the loss expects: logits",
        ),
        (
            "nn.ReLU(),\n            nn.Conv2d(64 → nn.Conv2d(64",
            "no activation between Conv2d(32, 64) and Conv2d(64, 128)",
        ),
        ("num_classes), → 10),", "for 3 classes: expected (2, 3), got (2, 10)"),
        ("models.CifarCNN()", "give the class CifarCNN itself"),
    ],
    "check_early_stop": [
        (
            "loss < val_losses[best - 1] → loss <= val_losses[max(epoch - 2, 0)]",
            "look at: which loss the others are compared with",
        ),
        (
            "epoch, best → epoch - 1, best - 1 & (val_losses), best"
            " → (val_losses) - 1, best - 1",
            "look at: how epochs are counted",
        ),
        (
            "epoch, best → epoch, 1 + val_losses.index(min(val_losses))",
            "look at: what is known when training stops",
        ),
        ("== patience → > patience", "look at: how long to wait"),
        ("loss < → loss <=", "look at: equal losses"),
        (
            "best = 1\n → best, lows = 1, 1\n"
            " & best = epoch → best, lows = epoch, lows + 1"
            " & epoch - best → epoch - lows",
            "look at: what a new lowest loss does",
        ),
        ("return epoch, best → pass", "look at: how long to wait"),
        ("len(val_losses), best → best + patience, best", "how epochs are counted"),
        (", best → ", "expected shape (2,), yours has one number"),
        (
            "epoch, best → best, epoch & len(val_losses), best → best, len(val_losses)",
            "at [0] expected 2, yours is 1; 2 of 2 cells",
        ),
    ],
    "check_repaired_cnn": [
        (
            "torch.flatten(self.conv_layers(images), 1)"
            " → self.conv_layers(images).view(-1, 128 * 3 * 3) & , self.training → ",
            "look at: flattening",
        ),
        ("0.2, self.training → 0.2", WAVERS),
        ("0.5, self.training → 0.5", WAVERS),
        (
            "torch.flatten(self.conv_layers(images), 1)"
            " → self.conv_layers(images).view(-1, 128 * 3 * 3)",
            "of 40 × 40, which do not fit: expected an error, got 16 rows",
        ),
        (
            "self.training → False",
            "expected 50% of what enters Linear(1152, 1024) to be dropped, got 0%",
        ),
        ("self.training → not self.training", WAVERS),
        (
            "functional.dropout(values, 0.5, self.training) → Dropout(0.5)(values)"
            " & functional.dropout(values, 0.2, self.training) → Dropout(0.2)(values)",
            WAVERS,
        ),
        ("0.2 → 0.5", "expected 20% of what enters Linear(1024, 10)"),
        ("0.2, self.training → 0.2, False", "expected 20% of what enters Linear(1024"),
        (
            "torch.relu → ",
            "no activation between Linear(1152, 1024) and Linear(1024, 10)",
        ),
        (
            "self.linear2(values) → self.linear2(values).relu_()",
            "it returned 0\nlook at",
        ),
    ],
    "check_most_confused_pair": [
        ("np.where(sizes == 0, 1, sizes) → sizes", "look at: a class without images"),
        (
            "counts / np.where(sizes == 0, 1, sizes) → counts",
            "look at: the sizes of the classes",
        ),
        (
            "shares + shares.T → np.maximum(shares, shares.T)",
            "look at: both directions",
        ),
        (
            "np.triu(shares + shares.T, k=1) → shares - np.diag(np.diag(shares))",
            "look at: the two numbers and their order",
        ),
        (
            "len(counts)) → len(counts))[::-1]",
            "look at: the two numbers and their order",
        ),
        (", k=1 → ", "look at: mistakes only"),
        (" + shares.T → ", "look at: both directions"),
        ("axis=1 → axis=0", "look at: the sizes of the classes"),
        ("axis=1, keepdims=True → axis=1", "look at: the sizes of the classes"),
        (
            "sizes = counts → np.fill_diagonal(counts, 0)\n    sizes = counts",
            "changed the counts it was given",
        ),
        (
            "divmod(int(both.argmax()), len(counts)) → int(both.argmax())",
            "expected shape (2,), yours has one number",
        ),
    ],
}

ACCEPTED = {
    "check_statistics": [
        """
def statistics(counts):
    values = np.linspace(0, 1, counts.shape[1])
    pixels = [np.repeat(values, row) for row in counts]
    return [p.mean() for p in pixels], [p.std() for p in pixels]
""",
        "np.sqrt((share * distance**2).sum(axis=1))"
        " → np.sqrt(share @ values**2 - mean**2)",
    ],
    "check_repaired_cnn": [
        """
class CNN(NotesCNN):
    def __init__(self):
        super().__init__()
        self.dropout1, self.dropout2 = nn.Dropout(0.5), nn.Dropout(0.2)

    def forward(self, images):
        values = self.dropout1(torch.flatten(self.conv_layers(images), 1))
        values = torch.relu(self.linear1(values))
        return self.linear2(self.dropout2(values))
"""
    ],
    "check_most_confused_pair": [
        "divmod(int(both.argmax()), len(counts))"
        " → np.unravel_index(both.argmax(), both.shape)"
    ],
}

EQUIVALENT = {
    "check_most_confused_pair": {
        "sizes = counts.sum(axis=1, keepdims=True)"
        " → sizes = counts.mean(axis=1, keepdims=True)": (
            "all shares become K times as large, and the largest sum stays the largest"
        ),
        "shares = counts / np.where(sizes == 0, 1, sizes)"
        " → shares = counts / np.where(sizes == 0, 2, sizes)": (
            "zeros are divided, by whatever it is"
        ),
    },
}
