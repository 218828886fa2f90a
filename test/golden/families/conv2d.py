import torch

F = torch.nn.functional


def cases(case, t):
    def conv(x, w, b=None, **options):
        kw = {'bias': '$2'} if b is not None else {}
        case(
            'conv2d',
            lambda x, w, b=None: F.conv2d(x, w, b, **options),
            [x, w] + ([b] if b is not None else []),
            args=['$0', '$1', {**kw, **options}],
        )

    conv(t(1, 1, 4, 4), t(1, 1, 3, 3))
    conv(t(2, 2, 5, 6), t(3, 2, 3, 2), t(3))
    conv(t(1, 2, 6, 5), t(3, 2, 3, 3), t(3), stride=2, padding=1)
    conv(t(1, 2, 6, 7), t(2, 2, 2, 3), stride=(2, 1), padding=(0, 2))
    conv(t(1, 1, 7, 7), t(2, 1, 3, 3), dilation=2)
    conv(t(1, 4, 4, 4), t(6, 2, 3, 3), t(6), groups=2, padding=1)
    conv(t(1, 3, 4, 4), t(3, 1, 2, 2), groups=3)
    conv(t(1, 1, 5, 5), t(1, 1, 3, 3), padding='same')
    conv(t(1, 1, 5, 5), t(1, 1, 2, 4), padding='same')
    conv(t(2, 5, 5), t(3, 2, 3, 3), t(3), padding='valid')

    def transposed(x, w, b=None, js=None, **options):
        kw = {'bias': '$2'} if b is not None else {}
        case(
            'convTranspose2d',
            lambda x, w, b=None: F.conv_transpose2d(x, w, b, **options),
            [x, w] + ([b] if b is not None else []),
            args=['$0', '$1', {**kw, **(js or options)}],
        )

    transposed(t(1, 2, 3, 3), t(2, 3, 3, 3), t(3))
    transposed(t(1, 2, 3, 4), t(2, 1, 3, 2), stride=2, padding=1)
    transposed(t(1, 2, 3, 3), t(2, 1, 3, 3), js={'stride': 2, 'padding': 1, 'outputPadding': 1}, stride=2, padding=1, output_padding=1)
    transposed(t(1, 2, 3, 3), t(2, 2, 2, 2), dilation=2)
    transposed(t(1, 4, 3, 3), t(4, 2, 2, 2), t(4), groups=2)
